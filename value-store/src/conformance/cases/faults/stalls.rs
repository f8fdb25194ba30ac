//! The backend does not answer.

use std::time::Duration;

use tokio::task::yield_now;
use tokio::time::Instant;

use super::super::text;
use super::many::MANY;
use crate::Options;
use crate::conformance::history::{Expected, Verdict};
use crate::conformance::session::{Calls, Request, Session};

pub(crate) async fn stalled_put_times_out(case: &Session) -> Verdict {
    let (key, old, new) = (case.key("k"), text("old"), text("new"));
    let store = case.open_with_outages().await?;
    store.put(&key, &old).await?;
    let stall = case.stall();
    case.in_time(&store, case.noticeable(), Request::Put(&key, &new), Expected::TimedOut).await?;
    // Unknown options must not hide the timeout from the store.
    let unknown = store.with(Options::new().with("value-store-conformance-unknown", 1));
    case.in_time(&unknown, case.noticeable(), Request::Put(&key, &new), Expected::TimedOut).await?;
    stall.heal();
    Ok(())
}

pub(crate) async fn stalled_get_times_out(case: &Session) -> Verdict {
    let (key, absent, value) = (case.key("k"), case.key("absent"), text("value"));
    let store = case.open_with_outages().await?;
    store.put(&key, &value).await?;
    let reader = case.reader_of(&store, &key, &value).await?;
    let stall = case.stall();
    let timeout = case.noticeable();
    case.in_time(&reader, timeout, Request::Get(&key), Expected::Value(value)).await?;
    case.in_time(&reader, timeout, Request::Get(&absent), Expected::Missing).await?;
    stall.heal();
    Ok(())
}

/// A store that counts whole milliseconds takes such a timeout for zero, and may take zero for no timeout.
pub(crate) async fn sub_millisecond_timeout_still_fires(case: &Session) -> Verdict {
    let (key, value) = (case.key("k"), text("value"));
    let store = case.open_with_outages().await?;
    store.put(&key, &value).await?;
    let stall = case.stall();
    for timeout in [Duration::ZERO, Duration::from_nanos(1), Duration::from_micros(999)] {
        case.in_time(&store, timeout, Request::Put(&key, &value), Expected::TimedOut).await?;
        case.in_time(&store, timeout, Request::Get(&key), Expected::Value(value.clone())).await?;
    }
    stall.heal();
    Ok(())
}

pub(crate) async fn timeout_covers_the_whole_call(case: &Session) -> Verdict {
    time_out_after_a_step(case, 0.1).await
}

/// The step passes late in the timeout. A second timeout that begins there passes long after the first.
pub(crate) async fn timeouts_do_not_add_up(case: &Session) -> Verdict {
    time_out_after_a_step(case, 0.9).await
}

/// Makes calls that stall, lets one step pass after this part of their timeout, and stalls them again.
async fn time_out_after_a_step(case: &Session, part: f64) -> Verdict {
    let (key, other, value) = (case.key("k"), case.key("other"), text("value"));
    let store = case.open_with_outages().await?;
    store.put(&key, &value).await?;
    let reader = case.reader_of(&store, &key, &value).await?;
    let stall = case.stall();
    let timeout = (case.noticeable(), part);
    case.in_time_with_a_step(&store, timeout, Request::Put(&other, &value), Expected::Stored, &stall).await?;
    case.in_time_with_a_step(&reader, timeout, Request::Get(&key), Expected::Value(value.clone()), &stall).await?;
    stall.heal();
    Ok(())
}

pub(crate) async fn step_amid_a_put_leaves_it_whole(case: &Session) -> Verdict {
    let (old, new) = (case.value(3_000), case.value(8_192));
    let store = case.open_with_outages().await?;
    let timeout = case.noticeable() / 2;
    for steps in 1..=4 {
        let key = case.key(format!("k{steps}"));
        store.put(&key, &old).await?;
        let stall = case.stall();
        let hurried = store.with_timeout(timeout);
        let step = async {
            for _ in 0..steps {
                tokio::time::sleep(timeout / 8).await;
                stall.let_one_step_pass();
            }
        };
        let (ended, ()) = tokio::join!(hurried.start_put(&key, &new), step);
        ended.expect(Expected::Stored.or_timeout())?;
        stall.heal();
        let either = Expected::one_of(&[old.clone(), new.clone()]);
        case.expect_after_outage(&store, Request::Get(&key), either).await?;
    }
    Ok(())
}

pub(crate) async fn stalled_calls_hold_up_no_other(case: &Session) -> Verdict {
    let (key, other, value) = (case.key("k"), case.key("other"), text("value"));
    let store = case.open_with_outages().await?;
    store.put(&key, &value).await?;
    store.put(&other, &value).await?;
    let stall = case.stall();
    let mut stalled = Calls::default();
    for _ in 0..MANY {
        let (store, key, value) = (store.clone(), key.clone(), value.clone());
        stalled.start(async move { store.start_get(&key).await.expect(Expected::Value(value).or_unavailable()) });
    }
    yield_now().await;
    let timeout = case.noticeable();
    case.in_time_among_others(&store, timeout, Request::Put(&other, &value), Expected::TimedOut).await?;
    case.in_time_among_others(&store, timeout, Request::Get(&other), Expected::Value(value.clone())).await?;
    stall.heal();
    stalled.all().await
}

/// The store may have its own timeout for such calls, so a call may fail before the stall ends.
pub(crate) async fn stalled_without_timeout_waits_then_finishes(case: &Session) -> Verdict {
    let (key, other, value, new) = (case.key("k"), case.key("other"), text("value"), text("new"));
    let store = case.open_with_outages().await?;
    store.put(&key, &value).await?;
    let reader = case.reader_of(&store, &key, &value).await?;
    let stall = case.stall();
    let heal = async {
        tokio::time::sleep(case.noticeable()).await;
        stall.heal();
    };
    let (put, get, ()) = tokio::join!(store.start_put(&other, &new), reader.start_get(&key), heal);
    put.expect(Expected::Stored.or_unavailable())?;
    get.expect(Expected::Value(value).or_unavailable())?;
    case.put_after_outage(&store, &key, &new).await
}

/// A store that counts in too few bits, or reads only a part of the timeout, takes each of these for a short one. That
/// one passes during the stall.
pub(crate) async fn long_timeouts_outlast_a_stall(case: &Session) -> Verdict {
    let (key, value) = (case.key("k"), text("value"));
    let store = case.open_with_outages().await?;
    store.put(&key, &value).await?;
    let reader = case.reader_of(&store, &key, &value).await?;
    let stall = case.stall();
    let minute = Duration::from_secs(60);
    let little = case.noticeable() / 20;
    let counted = [
        minute,
        Duration::from_millis(1 << 16),
        Duration::from_micros(1 << 32),
        Duration::from_millis(1 << 32),
        Duration::from_secs(1 << 32),
    ];
    let mut calls = Calls::default();
    for (number, timeout) in counted.into_iter().enumerate() {
        let timeout = timeout + little;
        let (store, reader) = (store.with_timeout(timeout), reader.with_timeout(timeout));
        let (key, new, value) = (key.clone(), case.key(format!("n{number}")), value.clone());
        calls.start(async move {
            let begun = Instant::now();
            let get = async { (reader.start_get(&key).await, begun.elapsed()) };
            let put = async { (store.start_put(&new, &value).await, begun.elapsed()) };
            let ((get, got_after), (put, put_after)) = tokio::join!(get, put);
            get.expect_not_early(got_after, timeout)?;
            get.expect(Expected::Value(value.clone()).or_unavailable())?;
            put.expect_not_early(put_after, timeout)?;
            put.expect(Expected::Stored.or_unavailable())
        });
    }
    tokio::time::sleep(little * 4).await;
    stall.heal();
    calls.all().await
}
