//! A put replaces what was there: all of it, and nothing else.

use bytes::Bytes;

use super::text;
use crate::conformance::failure::Verdict;
use crate::conformance::session::Session;

pub(crate) async fn second_put_wins(case: &Session) -> Verdict {
    replaces(case, &text("first"), &text("second")).await
}

pub(crate) async fn shorter_value_leaves_no_tail(case: &Session) -> Verdict {
    replaces(case, &case.value(4096), &case.value(3)).await
}

pub(crate) async fn longer_value_is_whole(case: &Session) -> Verdict {
    replaces(case, &case.value(3), &case.value(4096)).await
}

pub(crate) async fn same_value_again_is_ok(case: &Session) -> Verdict {
    replaces(case, &text("the same"), &text("the same")).await
}

pub(crate) async fn empty_value_replaces(case: &Session) -> Verdict {
    replaces(case, &text("not empty"), &Bytes::new()).await
}

pub(crate) async fn lexicographically_smaller_replaces(case: &Session) -> Verdict {
    replaces(case, &text("z later"), &text("a earlier")).await
}

async fn replaces(case: &Session, old: &Bytes, new: &Bytes) -> Verdict {
    let key = case.key("k");
    let store = case.open().await?;
    store.put(&key, old).await?;
    store.put(&key, new).await?;
    store.expect(&key, new).await
}

pub(crate) async fn hundred_overwrites_last_wins(case: &Session) -> Verdict {
    let key = case.key("k");
    let store = case.open().await?;
    // Past 256, for a version of one byte.
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
    for length in [64, 0, 65, 1_000] {
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
    store.expect(&key, &new).await
}
