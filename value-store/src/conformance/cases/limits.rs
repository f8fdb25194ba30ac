//! Up to the limit everything is taken, and past it everything refused.

use bytes::Bytes;

use super::text;
use crate::conformance::failure::{Expected, Verdict};
use crate::conformance::session::Session;

/// By how much to exceed a limit: by one, and by what a length of one or two bytes would hide.
const EXCESSES: [usize; 3] = [1, 256, 65_536];

pub(crate) async fn value_at_the_limit_is_kept(case: &Session) -> Verdict {
    let (key, value) = (case.key("k"), case.bytes(case.max_value_len()));
    let store = case.open().await?;
    store.put(&key, &value).await?;
    store.expect(&key, &value).await
}

pub(crate) async fn value_over_the_limit_is_refused(case: &Session) -> Verdict {
    let key = case.key("k");
    let store = case.open().await?;
    for excess in EXCESSES {
        let too_long = Bytes::from(vec![b'x'; case.max_value_len() + excess]);
        store.start_put(&key, &too_long).await.expect(Expected::ValueRefused)?;
        store.expect_missing(&key).await?;
    }
    Ok(())
}

pub(crate) async fn many_refusals_then_usable(case: &Session) -> Verdict {
    let (key, too_long) = (case.key("k"), too_long_a_value(case));
    let store = case.open().await?;
    for _ in 0..300 {
        store.start_put(&key, &too_long).await.expect(Expected::ValueRefused)?;
        if !case.has_time() {
            break;
        }
    }
    store.put(&key, &text("value")).await?;
    store.expect(&key, &text("value")).await
}

pub(crate) async fn refusal_keeps_the_old_value(case: &Session) -> Verdict {
    let (key, old) = (case.key("k"), text("old"));
    let store = case.open().await?;
    store.put(&key, &old).await?;
    store.start_put(&key, &too_long_a_value(case)).await.expect(Expected::ValueRefused)?;
    store.expect(&key, &old).await?;
    store.put(&key, &text("new")).await?;
    store.expect(&key, &text("new")).await
}

pub(crate) async fn key_at_the_limit_is_kept(case: &Session) -> Verdict {
    let (key, value) = (long_key(case, 0), text("value"));
    let store = case.open().await?;
    store.put(&key, &value).await?;
    store.expect(&key, &value).await
}

pub(crate) async fn key_over_the_limit_is_refused(case: &Session) -> Verdict {
    let longest = long_key(case, 0);
    let store = case.open().await?;
    store.put(&longest, &text("value")).await?;
    for excess in EXCESSES {
        let too_long = long_key(case, excess);
        store.start_put(&too_long, &text("refused")).await.expect(Expected::KeyRefused)?;
        store.start_get(&too_long).await.expect(Expected::KeyRefusedOrMissing)?;
    }
    store.expect(&longest, &text("value")).await
}

fn too_long_a_value(case: &Session) -> Bytes {
    vec![b'x'; case.max_value_len() + 1].into()
}

/// A key that exceeds the limit by so many bytes.
fn long_key(case: &Session, excess: usize) -> Bytes {
    let mut key = case.key("").to_vec();
    key.resize(case.max_key_len() + excess, b'k');
    key.into()
}
