//! What was put stays, though nobody calls.
//!
//! `cargo test` begins tests in the order of their names, a few at a time. The one that waits longest is to be among the first, so
//! that the others run beside it, and the family has a name that comes before theirs.

use std::time::Duration;

use super::text;
use crate::conformance::history::Verdict;
use crate::conformance::session::Session;

/// What a cache keeps for a while, it keeps for a second or much longer than a test can wait.
pub(crate) async fn time_takes_nothing(case: &Session) -> Verdict {
    let (key, replaced, old, value) = (case.key("k"), case.key("replaced"), text("old"), text("value"));
    let store = case.open().await?;
    store.put(&replaced, &old).await?;
    store.put(&replaced, &value).await?;
    store.put(&key, &value).await?;
    tokio::time::sleep(Duration::from_millis(1_200)).await;
    store.expect(&key, &value).await?;
    store.expect(&replaced, &value).await
}
