//! What was put is found.

use bytes::Bytes;

use super::text;
use crate::conformance::history::Verdict;
use crate::conformance::session::Session;

pub(crate) async fn put_then_get(case: &Session) -> Verdict {
    let (key, value) = (case.key("k"), text("value"));
    let store = case.open().await?;
    store.put(&key, &value).await?;
    store.expect(&key, &value).await
}

pub(crate) async fn get_repeats(case: &Session) -> Verdict {
    let (key, value) = (case.key("k"), text("value"));
    let store = case.open().await?;
    store.put(&key, &value).await?;
    // More than 256 gets, for a store that counts in one byte, and more than most pools have places.
    for _ in 0..1_100 {
        store.expect(&key, &value).await?;
        if !case.has_time() {
            break;
        }
    }
    Ok(())
}

pub(crate) async fn many_keys_each_their_own(case: &Session) -> Verdict {
    let store = case.open().await?;
    let entries = numbered(case, 300);
    let put = case.put_all(&store, &entries).await?;
    case.expect_all(&store, &entries[..put]).await
}

/// Caches tend to hold a power of two of entries, by default up to 2,048.
pub(crate) async fn many_puts_evict_nothing(case: &Session) -> Verdict {
    let store = case.open().await?;
    let entries = numbered(case, 2_100);
    let put = case.put_all(&store, &entries).await?;
    case.expect_all(&store, &entries[..put.min(80)]).await
}

/// Entries whose keys differ in their last characters. Each has its own value.
fn numbered(case: &Session, count: usize) -> Vec<(Bytes, Bytes)> {
    (0..count).map(|number| (case.key(format!("n{number}")), case.value(16))).collect()
}

pub(crate) async fn ok_means_visible(case: &Session) -> Verdict {
    let store = case.open().await?;
    for number in 0..50 {
        let (key, first, second) = (case.key(format!("n{number}")), case.value(64), case.value(64));
        store.put(&key, &first).await?;
        store.expect(&key, &first).await?;
        store.put(&key, &second).await?;
        store.expect(&key, &second).await?;
        if !case.has_time() {
            break;
        }
    }
    Ok(())
}
