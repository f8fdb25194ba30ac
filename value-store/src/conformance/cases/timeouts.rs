//! A timeout ends its call, in time, and does nothing else.

use std::time::Duration;

use super::text;
use crate::conformance::failure::{Expected, Verdict};
use crate::conformance::history::Kind;
use crate::conformance::session::{Handle, Session};
use crate::conformance::timing::Timed;

pub(crate) async fn generous_changes_nothing(case: &Session) -> Verdict {
    changes_nothing(case, &[Duration::from_secs(3_600)]).await
}

pub(crate) async fn maximum_does_not_overflow(case: &Session) -> Verdict {
    changes_nothing(case, &[Duration::MAX, Duration::MAX / 2, Duration::from_secs(u64::MAX)]).await
}

/// Each is the first that overflows some count of some unit: to a store that cuts it off, it is zero.
pub(crate) async fn huge_is_not_expired(case: &Session) -> Verdict {
    let (u32_bits, i32_bits) = (1 << 32, 1 << 31);
    let overflowing = [
        Duration::from_micros(u32_bits),
        Duration::from_millis(i32_bits),
        Duration::from_millis(u32_bits),
        Duration::from_secs(i32_bits),
        Duration::from_secs(u32_bits),
        Duration::from_nanos(i64::MAX as u64) + Duration::from_nanos(1),
        Duration::from_nanos(u64::MAX) + Duration::from_nanos(1),
        Duration::from_micros(u64::MAX) + Duration::from_micros(1),
        Duration::from_millis(u64::MAX) + Duration::from_millis(1),
    ];
    changes_nothing(case, &overflowing).await
}

async fn changes_nothing(case: &Session, timeouts: &[Duration]) -> Verdict {
    let store = case.open().await?;
    for (number, timeout) in timeouts.iter().enumerate() {
        let (key, absent) = (case.key(format!("k{number}")), case.key(format!("absent{number}")));
        let store = store.with_timeout(*timeout);
        store.put(&key, &text("value")).await?;
        store.expect(&key, &text("value")).await?;
        store.expect_missing(&absent).await?;
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
    case.in_time(&store, timeout, Timed::Get(&key), Expected::Value(old.clone())).await?;
    case.in_time(&store, timeout, Timed::Put(&key, &new), Expected::Stored).await?;
    store.expect_one_of(&key, &[&old, &new]).await?;
    Ok(())
}

pub(crate) async fn short_then_none(case: &Session) -> Verdict {
    let short = Duration::from_millis(1);
    let (key, value) = (case.key("k"), text("value"));
    let store = case.open().await?;
    store.put(&key, &value).await?;
    case.in_time(&store, short, Timed::Get(&key), Expected::Value(value.clone())).await?;
    case.in_time(&store, short, Timed::Put(&case.key("other"), &value), Expected::Stored).await?;

    // By now a deadline that stayed behind has passed.
    tokio::time::sleep(short * 2).await;
    store.expect(&key, &value).await?;
    store.put(&case.key("new"), &value).await?;
    store.with_timeout(Duration::from_secs(3_600)).expect(&key, &value).await
}

pub(crate) async fn beside_each_other(case: &Session) -> Verdict {
    let (value, shared) = (case.value(1_000), case.key("shared"));
    let store = case.open().await?;
    store.put(&shared, &value).await?;
    let nanosecond = store.with_timeout(Duration::from_nanos(1));
    let (without, short) = tokio::join!(store.start_get(&shared), nanosecond.start_get(&shared));
    without.expect(Expected::Value(value.clone()))?;
    short.expect(Expected::Value(value.clone()).or_timeout())?;

    let mut calls = tokio::task::JoinSet::new();
    for number in 0..16 {
        let long_value = value.clone();
        let (key, value) = (case.key(format!("long{number}")), value.clone());
        let long = store.patient();
        calls.spawn(async move {
            long.put(&key, &value).await?;
            long.expect(&key, &value).await
        });
        let (key, value) = (case.key(format!("short{number}")), text("short"));
        let short = store.with_timeout(Duration::from_nanos(1) * number);
        calls.spawn(async move { short.start_put(&key, &value).await.expect(Expected::Stored.or_timeout()) });
        // The same key, for a store that answers several gets with one.
        let gets =
            (store.patient(), store.with_timeout(Duration::from_nanos(1) * number), shared.clone(), long_value.clone());
        let (long, short, key, value) = gets;
        let (again, same) = (key.clone(), value.clone());
        calls.spawn(async move { short.start_get(&key).await.expect(Expected::Value(value).or_timeout()) });
        calls.spawn(async move { long.expect(&again, &same).await });
    }
    calls.join_all().await.into_iter().collect()
}

pub(crate) async fn missing_key_in_time(case: &Session) -> Verdict {
    let store = case.open().await?;
    for timeout in [Duration::ZERO, Duration::from_nanos(1), Duration::from_millis(1), Duration::from_millis(20)] {
        let key = case.key("absent");
        case.in_time(&store, timeout, Timed::Get(&key), Expected::Missing).await?;
    }
    Ok(())
}

pub(crate) async fn timed_out_put_is_whole(case: &Session) -> Verdict {
    let (old, new) = (case.value(4_096), case.value(8_192));
    let store = case.open().await?;
    for (number, timeout) in short_timeouts(case, &store).await?.into_iter().enumerate() {
        let (key, after) = (case.key(format!("k{number}")), case.key(format!("after{number}")));
        store.put(&key, &old).await?;
        let ended = case.in_time(&store, timeout, Timed::Put(&key, &new), Expected::Stored).await?;
        if ended.outcome.is(Kind::Timeout) {
            store.expect_one_of(&key, &[&old, &new]).await?;
        } else {
            store.expect(&key, &new).await?;
        }
        store.put(&after, &new).await?;
        store.expect(&after, &new).await?;
    }
    Ok(())
}

pub(crate) async fn timeout_during_the_call(case: &Session) -> Verdict {
    let (key, value) = (case.key("k"), text("value"));
    let store = case.open().await?;
    for timeout in short_timeouts(case, &store).await? {
        case.in_time(&store, timeout, Timed::Put(&key, &value), Expected::Stored).await?;
    }
    store.put(&key, &value).await?;
    for timeout in short_timeouts(case, &store).await? {
        case.in_time(&store, timeout, Timed::Get(&key), Expected::Value(value.clone())).await?;
    }
    Ok(())
}

/// Timeouts that may pass while the store works: very short ones, and parts of the time that a put takes it.
pub(super) async fn short_timeouts(case: &Session, store: &Handle) -> Verdict<Vec<Duration>> {
    let begun = tokio::time::Instant::now();
    store.put(&case.key("measure"), &text("value")).await?;
    let put = begun.elapsed();
    let fixed = [Duration::ZERO, Duration::from_nanos(1), Duration::from_micros(1), Duration::from_millis(1)];
    Ok(fixed.into_iter().chain([put / 8, put / 2, put * 3 / 4]).collect())
}
