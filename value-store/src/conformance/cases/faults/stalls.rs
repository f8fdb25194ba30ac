//! The backend does not answer.

use std::time::Duration;

use bytes::Bytes;
use tokio::task::yield_now;
use tokio::time::Instant;

use super::super::{SEVERAL_PIECES, text};
use super::many::{MANY, put_many};
use crate::Options;
use crate::conformance::history::{Expected, Verdict};
use crate::conformance::session::{Calls, GENEROUS, Handle, Request, Session};

pub(crate) async fn stalled_put_times_out(case: &Session) -> Verdict {
    let (key, old, new) = (case.key("k"), text("old"), text("new"));
    let store = case.open_with_outages().await?;
    // No later call has this timeout.
    store.with_timeout(GENEROUS).put(&key, &old).await?;
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
    reader.with_timeout(GENEROUS).expect(&key, &value).await?;
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

/// A store that counts whole seconds, up or down, ends such a call too late or too early.
pub(crate) async fn fractions_of_a_timeout_count(case: &Session) -> Verdict {
    let (key, new, value) = (case.key("k"), case.key("new"), text("value"));
    let store = case.open_with_outages().await?;
    store.put(&key, &value).await?;
    let reader = case.reader_of(&store, &key, &value).await?;
    let stall = case.stall();
    let timeout = Duration::from_millis(1_500);
    let (put, get) = tokio::join!(
        case.in_time_among_others(&store, timeout, Request::Put(&new, &value), Expected::TimedOut.or_unavailable()),
        case.in_time_among_others(
            &reader,
            timeout,
            Request::Get(&key),
            Expected::Value(value.clone()).or_unavailable()
        )
    );
    stall.heal();
    put?;
    get?;
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
    let (old, short, long) = (case.value(3_000), case.value(8_192), case.value(SEVERAL_PIECES));
    let store = case.open_with_outages().await?;
    let timeout = case.noticeable() / 2;
    for steps in 1..=4 {
        let new = if steps % 2 == 0 { &long } else { &short };
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
        let (ended, ()) = tokio::join!(hurried.start_put(&key, new), step);
        ended.expect(Expected::Stored.or_timeout())?;
        stall.heal();
        let either = Expected::one_of(&[old.clone(), new.clone()]);
        case.expect_after_outage(&store, Request::Get(&key), either).await?;
    }
    Ok(())
}

/// Calls without a timeout are stuck. Those that have one all begin together, and one with a longer timeout after them.
pub(crate) async fn stalled_calls_hold_up_no_other(case: &Session) -> Verdict {
    let (key, value) = (case.key("k"), text("value"));
    let others = ["a", "b", "c", "d"].map(|name| case.key(name));
    let store = case.open_with_outages().await?;
    for key in others.iter().chain([&key]) {
        store.put(key, &value).await?;
    }
    let stall = case.stall();
    let mut stalled = Calls::default();
    for _ in 0..MANY {
        stalled.start(get_at_last(store.clone(), key.clone(), value.clone()));
    }
    yield_now().await;
    let timeout = case.noticeable();
    let put = |key| case.in_time_among_others(&store, timeout, Request::Put(key, &value), Expected::TimedOut);
    let get = |key| case.in_time_among_others(&store, timeout, Request::Get(key), Expected::Value(value.clone()));
    let [a, b, c, d] = &others;
    let puts = async { tokio::join!(put(a), put(b), put(&key)) };
    let gets = async { tokio::join!(get(a), get(c), get(d), get(&key)) };
    let longer = async {
        tokio::time::sleep(timeout / 4).await;
        stalled.start(get_at_last(store.with_timeout(GENEROUS), a.clone(), value.clone()));
        stalled.start(get_at_last(store.with_timeout(GENEROUS), key.clone(), value.clone()));
    };
    let (puts, gets, ()) = tokio::join!(puts, gets, longer);
    for ended in [puts.0, puts.1, puts.2, gets.0, gets.1, gets.2, gets.3] {
        ended?;
    }
    stall.heal();
    stalled.all().await
}

/// A call is stuck at the backend, and others can reach it. A link may be a connection that all calls share: what is stuck
/// there holds up whatever comes after it. So only a store with gates is judged.
pub(crate) async fn stuck_calls_hold_up_no_other(case: &Session) -> Verdict {
    let [stuck, other, new] = ["stuck", "other", "new"].map(|name| case.key(name));
    let (old, value) = (text("old"), text("value"));
    let store = case.open_with_outages().await?.patient();
    if case.world().has_links() {
        case.history().note("a link may carry all calls one after the other, so this case judges gates alone");
        return Ok(());
    }
    store.put(&stuck, &old).await?;
    store.put(&other, &value).await?;
    for is_put in [true, false] {
        let stall = case.stall();
        let (to, key, old) = (store.clone(), stuck.clone(), old.clone());
        let mut held = Calls::default();
        held.start(async move { if is_put { to.put(&key, &old).await } else { to.expect(&key, &old).await } });
        // The call gets as far as the gate.
        case.wait(case.noticeable() / 60).await;
        stall.let_new_calls_pass();
        store.expect(&other, &value).await?;
        store.put(&new, &value).await?;
        store.expect(&new, &value).await?;
        stall.heal();
        held.all().await?;
    }
    Ok(())
}

async fn get_at_last(store: Handle, key: Bytes, value: Bytes) -> Verdict {
    store.start_get(&key).await.expect(Expected::Value(value).or_unavailable())
}

/// The store may have its own timeout for such calls, so a call may fail before the stall ends.
pub(crate) async fn stalled_without_timeout_waits_then_finishes(case: &Session) -> Verdict {
    let (key, other, value, new) = (case.key("k"), case.key("other"), text("value"), text("new"));
    let store = case.open_with_outages().await?;
    let entries = put_many(case, &store).await?;
    store.put(&key, &value).await?;
    let reader = case.reader_of(&store, &key, &value).await?;
    let stall = case.stall();
    let mut gets = Calls::default();
    for (key, value) in entries {
        gets.start(get_at_last(store.clone(), key, value));
    }
    let heal = async {
        tokio::time::sleep(case.noticeable()).await;
        stall.heal();
    };
    let (put, get, ()) = tokio::join!(store.start_put(&other, &new), reader.start_get(&key), heal);
    put.expect(Expected::Stored.or_unavailable())?;
    get.expect(Expected::Value(value).or_unavailable())?;
    gets.all().await?;
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
        Duration::from_nanos(1 << 32),
        Duration::from_micros(1 << 31),
        Duration::from_micros(1 << 32),
        Duration::from_millis(1 << 31),
        Duration::from_millis(1 << 32),
        Duration::from_secs(1 << 31),
        Duration::from_secs(1 << 32),
        Duration::from_nanos(1 << 63),
        Duration::from_nanos(u64::MAX),
        Duration::from_micros(u64::MAX),
        Duration::from_millis(u64::MAX),
        Duration::MAX,
    ];
    let mut calls = Calls::default();
    for (number, timeout) in counted.into_iter().enumerate() {
        let timeout = timeout.saturating_add(little);
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
