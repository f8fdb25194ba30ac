//! A put replaces the whole old value, and changes nothing else.

use bytes::Bytes;

use super::text;
use crate::conformance::history::Verdict;
use crate::conformance::session::Session;

pub(crate) async fn second_put_wins(case: &Session) -> Verdict {
    replaces(case, [(text("first"), text("second"))]).await
}

/// Lengths in bytes: less than a page and one page; several pages and many.
const SHORTER_AND_LONGER: [(usize, usize); 2] = [(3, 4_096), (10_000, 60_000)];

pub(crate) async fn shorter_value_leaves_no_tail(case: &Session) -> Verdict {
    replaces(case, SHORTER_AND_LONGER.map(|(shorter, longer)| (case.value(longer), case.value(shorter)))).await
}

pub(crate) async fn longer_value_is_whole(case: &Session) -> Verdict {
    replaces(case, SHORTER_AND_LONGER.map(|(shorter, longer)| (case.value(shorter), case.value(longer)))).await
}

/// Values that grow, shrink and stay as long as they were, in the place of one another.
pub(crate) async fn lengths_up_and_down(case: &Session) -> Verdict {
    let (key, other) = (case.key("k"), case.key("other"));
    let store = case.open().await?;
    let beside = case.value(100);
    store.put(&other, &beside).await?;
    let lengths =
        [10, 5, 10, 5, 6, 4_096, 100, 4_096, 4_095, 1, 70_000, 10, 10_000, 70_000, 64, 64, 65, 300_000, 64, 1];
    for length in lengths {
        let value = case.value(length);
        store.put(&key, &value).await?;
        store.expect(&key, &value).await?;
        if !case.has_time() {
            break;
        }
    }
    store.expect(&other, &beside).await
}

/// Puts the value twice in a row, and once more after another value.
pub(crate) async fn same_value_again_is_ok(case: &Session) -> Verdict {
    let (key, same, other) = (case.key("k"), text("same"), text("other"));
    let store = case.open().await?;
    for value in [&same, &same, &other, &same] {
        store.put(&key, value).await?;
        store.expect(&key, value).await?;
    }
    Ok(())
}

pub(crate) async fn empty_value_replaces(case: &Session) -> Verdict {
    replaces(case, [(text("full"), Bytes::new()), (Bytes::new(), text("full"))]).await
}

pub(crate) async fn lexicographically_smaller_replaces(case: &Session) -> Verdict {
    replaces(case, [(text("later"), text("earlier"))]).await
}

/// Puts the old and the new value of each pair to a key of its own, and expects the new value.
async fn replaces(case: &Session, values: impl IntoIterator<Item = (Bytes, Bytes)>) -> Verdict {
    let store = case.open().await?;
    for (tail, (old, new)) in ["k", "another"].into_iter().zip(values) {
        let key = case.key(tail);
        store.put(&key, &old).await?;
        store.put(&key, &new).await?;
        store.expect(&key, &new).await?;
    }
    Ok(())
}

pub(crate) async fn hundred_overwrites_last_wins(case: &Session) -> Verdict {
    let key = case.key("k");
    let store = case.open().await?;
    // More than 256 puts, for a store with versions of one byte.
    for _ in 0..300 {
        let value = case.value(32);
        store.put(&key, &value).await?;
        store.expect(&key, &value).await?;
        if !case.has_time() {
            break;
        }
    }
    Ok(())
}

pub(crate) async fn other_keys_untouched(case: &Session) -> Verdict {
    let store = case.open().await?;
    let others: Vec<_> = (0..16).map(|number| (case.key(format!("o{number}")), case.value(64))).collect();
    for (key, value) in &others {
        store.put(key, value).await?;
    }
    let key = case.key("o");
    for length in [64, 1, 65, 100] {
        store.put(&key, &case.value(length)).await?;
    }
    for (key, value) in &others {
        store.expect(key, value).await?;
    }
    Ok(())
}

pub(crate) async fn never_reverts(case: &Session) -> Verdict {
    let (key, old, new) = (case.key("k"), text("old"), text("new"));
    let store = case.open().await?;
    store.put(&key, &old).await?;
    store.expect(&key, &old).await?;
    store.put(&key, &new).await?;
    for number in 0..70 {
        let other = case.key(format!("o{number}"));
        store.expect_missing(&other).await?;
        store.put(&other, &old).await?;
        store.expect(&key, &new).await?;
        if !case.has_time() {
            break;
        }
    }
    // More puts than most stores take before they compact.
    let others: Vec<_> = (0..600).map(|number| (case.key(format!("m{number}")), old.clone())).collect();
    case.put_all(&store, &others).await?;
    store.expect(&key, &new).await
}
