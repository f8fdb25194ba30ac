//! A value stays while nobody makes a call.
//!
//! `cargo test` starts tests in the order of their names, a few at a time. This case waits longest, so it should start
//! among the first and let the others run beside it. The name of the family therefore sorts before the others.

use std::time::Duration;

use super::text;
use crate::conformance::history::Verdict;
use crate::conformance::session::Session;

/// A cache usually keeps an entry for a second, or for much longer than a test can wait. So this case waits a little
/// longer than a second.
pub(crate) async fn time_takes_nothing(case: &Session) -> Verdict {
    let (key, replaced, old, value) = (case.key("k"), case.key("replaced"), text("old"), text("value"));
    let store = case.open().await?;
    store.put(&replaced, &old).await?;
    store.put(&replaced, &value).await?;
    store.put(&key, &value).await?;
    case.wait(Duration::from_millis(1_200)).await;
    store.expect(&key, &value).await?;
    store.expect(&replaced, &value).await
}
