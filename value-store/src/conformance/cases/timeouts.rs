//! A timeout ends its call in time, and does nothing else.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use tokio::time::Instant;

use super::{SEVERAL_PIECES, text};
use crate::conformance::history::{Expected, Kind, Verdict};
use crate::conformance::session::{Calls, GENEROUS, Handle, Request, Session};

pub(crate) async fn generous_changes_nothing(case: &Session) -> Verdict {
    change_nothing(case, &case.open().await?, [GENEROUS]).await
}

pub(crate) async fn maximum_does_not_overflow(case: &Session) -> Verdict {
    change_nothing(case, &case.open().await?, [Duration::MAX, Duration::MAX / 2, Duration::from_secs(u64::MAX)]).await
}

/// Each timeout is the first that overflows an integer type in some unit: a store that truncates it takes it for zero.
/// The case leaves out timeouts that a slow store may really exceed.
pub(crate) async fn huge_is_not_expired(case: &Session) -> Verdict {
    let (u32_bits, i32_bits) = (1 << 32, 1 << 31);
    let overflowing = [
        Duration::from_millis(1 << 16),
        Duration::from_secs(1 << 8),
        Duration::from_secs(1 << 16),
        Duration::from_micros(i32_bits),
        Duration::from_micros(u32_bits),
        Duration::from_millis(i32_bits),
        Duration::from_millis(u32_bits),
        Duration::from_secs(i32_bits),
        Duration::from_secs(u32_bits),
        Duration::from_nanos(i64::MAX as u64) + Duration::from_nanos(1),
        Duration::from_micros(i64::MAX as u64) + Duration::from_micros(1),
        Duration::from_millis(i64::MAX as u64) + Duration::from_millis(1),
        Duration::from_nanos(u64::MAX) + Duration::from_nanos(1),
        Duration::from_micros(u64::MAX) + Duration::from_micros(1),
        Duration::from_millis(u64::MAX) + Duration::from_millis(1),
    ];
    let store = case.open().await?;
    let begun = Instant::now();
    store.put(&case.key("measure"), &text("value")).await?;
    let too_short = begun.elapsed() * 100;
    change_nothing(case, &store, overflowing.into_iter().filter(|timeout| *timeout > too_short)).await
}

async fn change_nothing(case: &Session, store: &Handle, timeouts: impl IntoIterator<Item = Duration>) -> Verdict {
    for (number, timeout) in timeouts.into_iter().enumerate() {
        let (key, absent) = (case.key(format!("k{number}")), case.key(format!("absent{number}")));
        let store = store.with_timeout(timeout);
        store.put(&key, &text("value")).await?;
        store.expect(&key, &text("value")).await?;
        store.expect_missing(&absent).await?;
        if !case.has_time() {
            break;
        }
    }
    Ok(())
}

pub(crate) async fn zero_is_prompt(case: &Session) -> Verdict {
    ends_in_time(case, Duration::ZERO).await
}

pub(crate) async fn one_nanosecond_is_not_none(case: &Session) -> Verdict {
    ends_in_time(case, Duration::from_nanos(1)).await
}

async fn ends_in_time(case: &Session, timeout: Duration) -> Verdict {
    let (key, old, new) = (case.key("k"), text("old"), text("new"));
    let store = case.open().await?;
    store.put(&key, &old).await?;
    case.in_time(&store, timeout, Request::Get(&key), Expected::Value(old.clone())).await?;
    case.in_time(&store, timeout, Request::Put(&key, &new), Expected::Stored).await?;
    store.expect_one_of(&key, &[&old, &new]).await?;
    Ok(())
}

pub(crate) async fn short_then_none(case: &Session) -> Verdict {
    let short = Duration::from_millis(1);
    let (key, other, value, another) = (case.key("k"), case.key("other"), text("value"), text("another"));
    let before = text("before");
    let store = case.open().await?;
    store.put(&key, &value).await?;
    store.put(&other, &before).await?;
    case.in_time(&store, short, Request::Put(&other, &another), Expected::Stored).await?;
    case.in_time(&store, short, Request::Get(&key), Expected::Value(value.clone())).await?;

    // If the store has kept the deadline of an earlier call, or its timer, that passes in one of these calls.
    let begun = Instant::now();
    while begun.elapsed() < short * 2 {
        store.expect_one_of(&other, &[&before, &another]).await?;
        case.wait(short / 4).await;
    }
    store.put(&other, &another).await?;
    store.expect(&other, &another).await?;
    store.expect(&key, &value).await?;
    store.put(&case.key("new"), &value).await?;
    store.with_timeout(GENEROUS).expect(&key, &value).await
}

pub(crate) async fn long_then_short(case: &Session) -> Verdict {
    let (short, long) = (Duration::from_millis(1), GENEROUS);
    let (key, value) = (case.key("k"), text("value"));
    let store = case.open().await?;
    store.with_timeout(long).put(&key, &value).await?;
    case.in_time(&store, short, Request::Put(&key, &value), Expected::Stored).await?;
    store.with_timeout(long).expect(&key, &value).await?;
    case.in_time(&store, short, Request::Get(&key), Expected::Value(value)).await?;
    Ok(())
}

pub(crate) async fn beside_each_other(case: &Session) -> Verdict {
    let (value, shared) = (case.value(100), case.key("shared"));
    let store = case.open().await?;
    let begun = Instant::now();
    store.put(&shared, &value).await?;
    // A slow store gets fewer calls: if it makes them one after the other, all of them have to fit into the deadline.
    let affordable = (case.settings().deadline / 20).as_nanos() / (5 * begun.elapsed().as_nanos()).max(1);
    let nanosecond = store.with_timeout(Duration::from_nanos(1));
    let (without, short) = tokio::join!(store.start_get(&shared), nanosecond.start_get(&shared));
    without.expect(Expected::Value(value.clone()))?;
    short.expect(Expected::Value(value.clone()).or_timeout())?;

    let mut calls = Calls::default();
    for number in 0..u32::try_from(affordable).unwrap_or(u32::MAX).clamp(1, 16) {
        let long_value = value.clone();
        let (key, value) = (case.key(format!("long{number}")), value.clone());
        let long = store.patient();
        calls.start(async move {
            long.put(&key, &value).await?;
            long.expect(&key, &value).await
        });
        let (key, value) = (case.key(format!("short{number}")), text("short"));
        let short = store.with_timeout(Duration::from_nanos(1) * number);
        calls.start(async move { short.start_put(&key, &value).await.expect(Expected::Stored.or_timeout()) });
        // All get the same key, for a store that answers several gets with one.
        let gets =
            (store.patient(), store.with_timeout(Duration::from_nanos(1) * number), shared.clone(), long_value.clone());
        let (long, short, key, value) = gets;
        let (again, same) = (key.clone(), value.clone());
        calls.start(async move { short.start_get(&key).await.expect(Expected::Value(value).or_timeout()) });
        calls.start(async move { long.expect(&again, &same).await });
    }
    calls.all().await
}

pub(crate) async fn missing_key_in_time(case: &Session) -> Verdict {
    let store = case.open().await?;
    for timeout in [Duration::ZERO, Duration::from_nanos(1), Duration::from_millis(1), Duration::from_millis(20)] {
        let key = case.key("absent");
        case.in_time(&store, timeout, Request::Get(&key), Expected::Missing).await?;
    }
    Ok(())
}

pub(crate) async fn timed_out_put_is_whole(case: &Session) -> Verdict {
    let (old, short, long) = (case.value(3_000), case.value(8_192), case.value(SEVERAL_PIECES));
    let store = case.open().await?;
    for (number, timeout) in short_for_a_put(case, &store).await?.into_iter().enumerate() {
        let (key, after) = (case.key(format!("k{number}")), case.key(format!("after{number}")));
        let new = if number % 2 == 0 { &short } else { &long };
        store.put(&key, &old).await?;
        let ended = case.in_time(&store, timeout, Request::Put(&key, new), Expected::Stored).await?;
        if ended.outcome.is(Kind::Timeout) {
            store.expect_one_of(&key, &[&old, new]).await?;
        } else {
            store.expect(&key, new).await?;
        }
        store.put(&key, &old).await?;
        store.put(&after, new).await?;
        store.expect(&after, new).await?;
        if !case.has_time() {
            break;
        }
    }
    Ok(())
}

pub(crate) async fn timeout_during_the_call(case: &Session) -> Verdict {
    let (key, value) = (case.key("k"), text("value"));
    let store = case.open().await?;
    for timeout in short_for_a_put(case, &store).await? {
        case.in_time(&store, timeout, Request::Put(&key, &value), Expected::Stored).await?;
        if !case.has_time() {
            break;
        }
    }
    // The store may still be at work on puts that timed out. A patient put waits for that.
    store.patient().put(&key, &value).await?;
    let begun = Instant::now();
    store.expect(&key, &value).await?;
    for timeout in short(begun.elapsed()) {
        case.in_time(&store, timeout, Request::Get(&key), Expected::Value(value.clone())).await?;
    }
    Ok(())
}

/// A store that counts whole seconds, or nanoseconds in too few bits, takes these timeouts for shorter ones.
pub(crate) async fn never_early(case: &Session) -> Verdict {
    let (key, absent, value) = (case.key("k"), case.key("absent"), text("value"));
    let store = case.open().await?;
    store.put(&key, &value).await?;
    let counted = [20, 500, 1_500].map(Duration::from_millis);
    let overflowing = [1 << 31, 1 << 32].map(Duration::from_nanos);
    for timeout in counted.into_iter().chain(overflowing) {
        case.in_time(&store, timeout, Request::Put(&key, &value), Expected::Stored).await?;
        case.in_time(&store, timeout, Request::Get(&key), Expected::Value(value.clone())).await?;
        case.in_time(&store, timeout, Request::Get(&absent), Expected::Missing).await?;
        if !case.has_time() {
            break;
        }
    }
    Ok(())
}

/// A store that makes one call at a time may be fast at each of them. It still has to end a call in time that waits in
/// its queue.
pub(crate) async fn behind_other_calls(case: &Session) -> Verdict {
    const OTHERS: u128 = 8;
    let (key, busy, value) = (case.key("k"), case.key("busy"), text("value"));
    let store = case.open().await?;
    let begun = Instant::now();
    store.put(&key, &value).await?;
    // A slow store gets fewer calls: it may make them one after the other, and they have to fit into the deadline.
    let affordable = (case.settings().deadline / 20).as_nanos() / begun.elapsed().as_nanos().max(1);
    let (is_over, is_paused) = (Arc::new(AtomicBool::new(false)), case.settings().runtime.is_paused());
    let short = Duration::from_millis(1);
    let mut others = Calls::default();
    for _ in 0..affordable.min(OTHERS) {
        let (store, key, value, is_over) = (store.clone(), busy.clone(), value.clone(), Arc::clone(&is_over));
        others.start(async move {
            while !is_over.load(Ordering::Relaxed) {
                store.put(&key, &value).await?;
                // A paused clock advances only when no task can run.
                if is_paused { tokio::time::sleep(short).await } else { tokio::task::yield_now().await }
            }
            Ok(())
        });
    }
    tokio::task::yield_now().await;
    case.in_time_among_others(&store, short, Request::Put(&busy, &value), Expected::Stored).await?;
    case.in_time_among_others(&store, short, Request::Get(&key), Expected::Value(value.clone())).await?;
    is_over.store(true, Ordering::Relaxed);
    others.all().await
}

pub(crate) async fn many_timeouts_then_usable(case: &Session) -> Verdict {
    let (key, old, new) = (case.key("k"), text("old"), text("new"));
    let store = case.open().await?;
    store.put(&key, &old).await?;
    let (hurried, patient) = (store.with_timeout(Duration::from_nanos(1)), store.patient());
    // The store may still be at work on calls that timed out. The get after each batch waits for that, so that
    // `has_time` knows whether there is time for a larger batch. All batches together have more calls than most pools
    // have places; `cancellation::many_dropped_then_usable` has more than any pool.
    for times in [10, 30, 90] {
        for _ in 0..times {
            hurried.start_put(&key, &new).await.expect(Expected::Stored.or_timeout())?;
            hurried.start_get(&key).await.expect(Expected::one_of(&[old.clone(), new.clone()]).or_timeout())?;
        }
        patient.expect_one_of(&key, &[&old, &new]).await?;
        if !case.has_time() {
            break;
        }
    }
    let after = case.key("after");
    store.put(&after, &new).await?;
    store.expect(&after, &new).await
}

/// Timeouts that may pass during a put to this store.
pub(super) async fn short_for_a_put(case: &Session, store: &Handle) -> Verdict<Vec<Duration>> {
    let begun = Instant::now();
    store.put(&case.key("measure"), &text("value")).await?;
    Ok(short(begun.elapsed()))
}

/// Parts of the measured time of a call, and very short timeouts.
fn short(call: Duration) -> Vec<Duration> {
    let fixed = [Duration::ZERO, Duration::from_nanos(1), Duration::from_micros(1), Duration::from_millis(1)];
    [call / 8, call / 2, call * 3 / 4].into_iter().chain(fixed).collect()
}
