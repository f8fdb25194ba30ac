//! The future of a call may be dropped at any time.

use std::time::Duration;

use bytes::Bytes;
use tokio::time::timeout;

use super::{SEVERAL_PIECES, text};
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

    // A store may have begun work behind the dropped future. This many other calls give it the time to do it.
    still_works(case, &store, 10).await?;
    store.expect(&key, &old).await?;
    store.expect_missing(&absent).await
}

pub(crate) async fn dropped_put_at_every_await_point(case: &Session) -> Verdict {
    drop_at_every_await_point(case, 8_192).await
}

/// A store may write long values in parts.
pub(crate) async fn dropped_large_put_at_every_await_point(case: &Session) -> Verdict {
    drop_at_every_await_point(case, SEVERAL_PIECES).await
}

async fn drop_at_every_await_point(case: &Session, length: usize) -> Verdict {
    let (old, new, newer) = (case.value(3_000), case.value(length), case.value(500));
    let store = case.open().await?;
    let mut replaced = Vec::new();
    for polls in await_points() {
        let key = case.key(format!("k{polls}"));
        store.put(&key, &old).await?;
        let ended = store.start_put(&key, &new).drop_after(polls).await;
        store.expect_one_of(&key, &[&old, &new]).await?;
        still_works(case, &store, 1).await?;
        store.put(&key, &newer).await?;
        // Only a settled store promises that the dropped put does not land later.
        store.expect_one_of(&key, &[&newer, &new]).await?;
        replaced.push(key);
        if ended.is_some() || !case.has_time() {
            break;
        }
    }
    // A store that undoes the dropped put only now may undo the newer put as well.
    case.wait(UNDONE).await;
    for key in &replaced {
        store.expect_one_of(key, &[&newer, &new]).await?;
    }
    Ok(())
}

/// How long to wait for a store that undoes a dropped put. The case catches an undo that takes less time.
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
    let (key, absent, value) = (case.key("k"), case.key("absent"), text("value"));
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
    let (key, value) = (case.key("k"), text("value"));
    let store = case.open().await?;
    store.put(&key, &value).await?;
    // The store may still be at work on dropped calls. The calls after each batch wait for that, so that `has_time`
    // knows whether there is time for a larger batch. All batches together have more calls than any likely pool or
    // queue has places.
    for times in [10, 30, 90, 270, 810] {
        for polls in [6, 5, 4, 3, 2, 1].into_iter().cycle().take(times) {
            store.start_put(&key, &value).drop_after(polls).await;
            store.start_get(&key).drop_after(polls).await;
            // Tokio limits how much a task may do in one turn. Without this, calls beyond the limit would not begin.
            tokio::task::yield_now().await;
            if !case.has_time() {
                break;
            }
        }
        // All puts put the same value, so it does not matter whether the last one landed.
        let patient = store.patient();
        patient.expect(&key, &value).await?;
        still_works(case, &patient, 5).await?;
        if !case.has_time() {
            break;
        }
    }
    Ok(())
}

/// A store may do the work of calls that come together at once, and leave it to the one that came first.
pub(crate) async fn dropped_call_harms_none_beside_it(case: &Session) -> Verdict {
    let store = case.open().await?;
    for polls in await_points() {
        let mut has_dropped = false;
        for pair in 0..16 {
            has_dropped |= drop_one_of_two(case, &store, polls, pair).await?;
        }
        if !has_dropped || !case.has_time() {
            break;
        }
    }
    Ok(())
}

/// Begins a call, polls it so often, begins another, drops one of the two, and expects the other to do what it should. The
/// bits of `pair` say which calls these are. Returns whether the first call was still under way.
async fn drop_one_of_two(case: &Session, store: &Handle, polls: usize, pair: u8) -> Verdict<bool> {
    let [drops_the_first, is_same_key, dropped_is_put, kept_is_put] = [1, 2, 4, 8].map(|bit| pair & bit > 0);
    let (old, dropped, new) = (text("old"), text("dropped"), text("new"));
    let [of_dropped, other] = ["d", "o"].map(|name| case.key(format!("{name}{polls}n{pair}")));
    let of_kept = if is_same_key { &of_dropped } else { &other };
    for key in [&of_dropped, &other] {
        store.put(key, &old).await?;
    }
    let start_dropped =
        || if dropped_is_put { store.start_put(&of_dropped, &dropped) } else { store.start_get(&of_dropped) };
    let start_kept = || if kept_is_put { store.start_put(of_kept, &new) } else { store.start_get(of_kept) };
    let first = if drops_the_first { start_dropped() } else { start_kept() };
    let Err(first) = first.polled(polls).await else { return Ok(false) };
    let mut second = if drops_the_first { start_kept() } else { start_dropped() };
    // For this long, only the second goes on.
    let early = timeout(Duration::from_millis(1), &mut second).await.ok();
    let ended = match (drops_the_first, early) {
        (true, Some(ended)) => ended,
        (true, None) => {
            drop(first);
            second.await
        }
        (false, _) => {
            drop(second);
            first.await
        }
    };
    let is_beside_a_put = is_same_key && dropped_is_put;
    let may_have = |value: &Bytes| {
        Expected::OneOf([value.clone()].into_iter().chain(is_beside_a_put.then_some(dropped.clone())).collect())
    };
    if !kept_is_put {
        ended.expect(may_have(&old))?;
        return Ok(true);
    }
    ended.expect(Expected::Stored)?;
    store.start_get(of_kept).await.expect(may_have(&new))?;
    Ok(true)
}

/// How many polls a call gets before it is dropped: each number up to about fifty, then with growing steps, up to a
/// hundred thousand.
pub(super) fn await_points() -> impl Iterator<Item = usize> {
    std::iter::successors(Some(1), |polls: &usize| Some(polls + 1 + polls.saturating_sub(50) / 4))
        .take_while(|polls| *polls < 100_000)
}

/// Expects what a dropped first put may leave: no value, or the whole value.
pub(super) async fn missing_or_whole(store: &Handle, key: &Bytes, value: &Bytes) -> Verdict {
    let get = store.start_get(key).await;
    get.expect(Expected::Missing).or_else(|_| get.expect(Expected::Value(value.clone())))
}

/// Puts and gets keys that the rest of the case does not use.
async fn still_works(case: &Session, store: &Handle, times: usize) -> Verdict {
    for _ in 0..times {
        let (key, value) = (case.key(case.value(8)), case.value(32));
        store.put(&key, &value).await?;
        store.expect(&key, &value).await?;
    }
    Ok(())
}
