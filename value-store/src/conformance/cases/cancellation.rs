//! The future of a call may be dropped at any time.

use std::time::Duration;

use bytes::Bytes;

use super::text;
use crate::conformance::history::{Expected, Verdict};
use crate::conformance::session::{Handle, Session};

pub(crate) async fn dropped_before_first_poll(case: &Session) -> Verdict {
    let (key, absent, old, new) = (case.key("k"), case.key("absent"), text("old"), text("new"));
    let store = case.open().await?;
    store.put(&key, &old).await?;
    drop(store.start_put(&key, &new));
    drop(store.start_put(&absent, &new));
    drop(store.start_get(&key));
    drop(store.start_get(&absent));
    store.expect(&key, &old).await?;
    store.expect_missing(&absent).await?;

    // What a store may have begun behind the dropped future has had its time after as many calls.
    still_works(case, &store, 10).await?;
    store.expect(&key, &old).await?;
    store.expect_missing(&absent).await
}

pub(crate) async fn dropped_put_at_every_await_point(case: &Session) -> Verdict {
    let store = case.open().await?;
    // Longer values may be written in parts.
    for length in [8_192, 200_000] {
        let (old, new, newer) = (case.value(3_000), case.value(length), case.value(500));
        let mut replaced = Vec::new();
        for polls in await_points() {
            let key = case.key(format!("{}k{polls}", length / 8_192));
            store.put(&key, &old).await?;
            let ended = store.start_put(&key, &new).drop_after(polls).await;
            store.expect_one_of(&key, &[&old, &new]).await?;
            still_works(case, &store, 1).await?;
            store.put(&key, &newer).await?;
            // Only a store that is settled promises that the dropped put does not land later.
            store.expect_one_of(&key, &[&newer, &new]).await?;
            replaced.push(key);
            if ended.is_some() || !case.has_time() {
                break;
            }
        }
        // What undoes a dropped put later than that would undo the newer one as well.
        tokio::time::sleep(UNDONE).await;
        for key in &replaced {
            store.expect_one_of(key, &[&newer, &new]).await?;
        }
        if !case.has_time() {
            break;
        }
    }
    Ok(())
}

/// How long a store may take to undo a put that was dropped: what is seen in a part of that is caught.
const UNDONE: Duration = Duration::from_millis(20);

pub(crate) async fn dropped_first_put_is_whole(case: &Session) -> Verdict {
    let value = case.value(8_192);
    let store = case.open().await?;
    for polls in await_points() {
        let key = case.key(format!("k{polls}"));
        let ended = store.start_put(&key, &value).drop_after(polls).await;
        missing_or_whole(&store, &key, &value).await?;
        store.put(&key, &value).await?;
        if ended.is_some() || !case.has_time() {
            break;
        }
    }
    Ok(())
}

pub(crate) async fn dropped_get_harms_nothing(case: &Session) -> Verdict {
    let (key, absent, value) = (case.key("k"), case.key("absent"), case.value(4_096));
    let store = case.open().await?;
    store.put(&key, &value).await?;
    for polls in await_points() {
        let hit = store.start_get(&key).drop_after(polls).await;
        let miss = store.start_get(&absent).drop_after(polls).await;
        store.expect(&key, &value).await?;
        store.expect_missing(&absent).await?;
        store.put(&key, &value).await?;
        still_works(case, &store, 1).await?;
        if hit.is_some() && miss.is_some() || !case.has_time() {
            break;
        }
    }
    Ok(())
}

pub(crate) async fn many_dropped_then_usable(case: &Session) -> Verdict {
    let (key, value) = (case.key("k"), case.value(1_024));
    let store = case.open().await?;
    store.put(&key, &value).await?;
    // The store may have to work through what was dropped, so each time the calls that follow show whether there is time for
    // more. In the end it is more than the places of any pool or queue that a store is likely to have.
    for times in [10, 30, 90, 270, 810] {
        for polls in [6, 5, 4, 3, 2, 1].into_iter().cycle().take(times) {
            store.start_put(&key, &value).drop_after(polls).await;
            store.start_get(&key).drop_after(polls).await;
            // What tokio lets a task do in one turn is little, and calls past that would not begin.
            tokio::task::yield_now().await;
            if !case.has_time() {
                break;
            }
        }
        // The last put may have been dropped before it replaced the same value, or after.
        let patient = store.patient();
        patient.expect(&key, &value).await?;
        still_works(case, &patient, 5).await?;
        if !case.has_time() {
            break;
        }
    }
    Ok(())
}

/// After how many polls to drop: each of the first fifty, then at growing distances, up to a hundred thousand.
pub(super) fn await_points() -> impl Iterator<Item = usize> {
    std::iter::successors(Some(1), |polls: &usize| Some(polls + 1 + polls.saturating_sub(50) / 4))
        .take_while(|polls| *polls < 100_000)
}

/// What a first put that was dropped may leave.
pub(super) async fn missing_or_whole(store: &Handle, key: &Bytes, value: &Bytes) -> Verdict {
    let get = store.start_get(key).await;
    get.expect(Expected::Missing).or_else(|_| get.expect(Expected::Value(value.clone())))
}

/// Puts and gets on keys that nothing else concerns.
async fn still_works(case: &Session, store: &Handle, times: usize) -> Verdict {
    for _ in 0..times {
        let (key, value) = (case.key(case.value(8)), case.value(32));
        store.put(&key, &value).await?;
        store.expect(&key, &value).await?;
    }
    Ok(())
}
