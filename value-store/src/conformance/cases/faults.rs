//! A store says of an outage what it is, in time, and outlives it.
//!
//! What it can answer by itself it may answer: a value that it has, as long as that is the one that the key has.

use std::time::Duration;

use bytes::Bytes;
use tokio::task::yield_now;
use tokio::time::Instant;

use super::text;
use crate::Options;
use crate::conformance::failure::{Expected, Verdict};
use crate::conformance::history::Outcome;
use crate::conformance::session::{Handle, Session};
use crate::conformance::side_by_side::Calls;
use crate::conformance::timing::Timed;

/// More calls at a time than most stores have places for, so that in an outage they are all taken.
const MANY: usize = 32;

pub(crate) async fn stalled_put_times_out(case: &Session) -> Verdict {
    let (key, old, new) = (case.key("k"), text("old"), text("new"));
    let store = case.open_with_outages().await?;
    store.put(&key, &old).await?;
    let stall = case.stall();
    case.in_time(&store, case.noticeable(), Timed::Put(&key, &new), Expected::TimedOut).await?;
    // The options that the store does not know do not keep the timeout from it.
    let unknown = store.with(Options::new().with("value-store-conformance-unknown", 1));
    case.in_time(&unknown, case.noticeable(), Timed::Put(&key, &new), Expected::TimedOut).await?;
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
    case.in_time(&reader, timeout, Timed::Get(&key), Expected::Value(value)).await?;
    case.in_time(&reader, timeout, Timed::Get(&absent), Expected::Missing).await?;
    stall.heal();
    Ok(())
}

/// Without the parts of a millisecond such a timeout is zero, which a store may take for none.
pub(crate) async fn sub_millisecond_timeout_still_fires(case: &Session) -> Verdict {
    let (key, value) = (case.key("k"), text("value"));
    let store = case.open_with_outages().await?;
    store.put(&key, &value).await?;
    let stall = case.stall();
    for timeout in [Duration::ZERO, Duration::from_nanos(1), Duration::from_micros(999)] {
        case.in_time(&store, timeout, Timed::Put(&key, &value), Expected::TimedOut).await?;
        case.in_time(&store, timeout, Timed::Get(&key), Expected::Value(value.clone())).await?;
    }
    stall.heal();
    Ok(())
}

pub(crate) async fn timeout_covers_the_whole_call(case: &Session) -> Verdict {
    time_out_after_a_step(case, 0.1).await
}

/// A second timeout that begins so late passes long after the first.
pub(crate) async fn timeouts_do_not_add_up(case: &Session) -> Verdict {
    time_out_after_a_step(case, 0.9).await
}

/// Makes calls that stall, get one step further after this part of their timeout, and stall again.
async fn time_out_after_a_step(case: &Session, part: f64) -> Verdict {
    let (key, other, value) = (case.key("k"), case.key("other"), text("value"));
    let store = case.open_with_outages().await?;
    store.put(&key, &value).await?;
    let reader = case.reader_of(&store, &key, &value).await?;
    let stall = case.stall();
    let timeout = (case.noticeable(), part);
    case.in_time_with_a_step(&store, timeout, Timed::Put(&other, &value), Expected::Stored, &stall).await?;
    case.in_time_with_a_step(&reader, timeout, Timed::Get(&key), Expected::Value(value.clone()), &stall).await?;
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
        case.expect_after_outage(&store, Timed::Get(&key), either).await?;
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
    case.in_time_among_others(&store, timeout, Timed::Put(&other, &value), Expected::TimedOut).await?;
    case.in_time_among_others(&store, timeout, Timed::Get(&other), Expected::Value(value.clone())).await?;
    stall.heal();
    stalled.all().await
}

/// The store may have a timeout of its own for such calls, and may say early that its backend does not answer.
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

/// Each is short to a store that counts in too few bits, or knows only a part of it: it passes while the others last.
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

pub(crate) async fn cut_is_an_error_not_missing(case: &Session) -> Verdict {
    let (key, value) = (case.key("k"), text("value"));
    let store = case.open_with_outages().await?;
    store.put(&key, &value).await?;
    let reader = case.reader_of(&store, &key, &value).await?;
    let cut = case.cut();
    // The first call may find a connection that was reset, and the next none.
    for _ in 0..3 {
        let ended = reader.with_timeout(case.patience()).start_get(&key).await;
        ended.expect(Expected::Value(value.clone()).or_unavailable())?;
    }
    cut.heal();
    Ok(())
}

pub(crate) async fn cut_put_is_not_ok(case: &Session) -> Verdict {
    let (key, old, new) = (case.key("k"), text("old"), text("new"));
    let store = case.open_with_outages().await?;
    store.put(&key, &old).await?;
    let cut = case.cut();
    for _ in 0..3 {
        let ended = store.with_timeout(case.patience()).start_put(&key, &new).await;
        ended.expect(Expected::TimedOut.or_unavailable())?;
    }
    cut.heal();
    Ok(())
}

pub(crate) async fn cut_amid_calls_is_an_error(case: &Session) -> Verdict {
    let (key, other, value) = (case.key("k"), case.key("other"), text("value"));
    let store = case.open_with_outages().await?;
    store.put(&key, &value).await?;
    let reader = case.reader_of(&store, &key, &value).await?;
    let stall = case.stall();
    let (store, reader) = (store.with_timeout(case.patience()), reader.with_timeout(case.patience()));
    let cut = async {
        tokio::time::sleep(case.noticeable() / 4).await;
        case.cut()
    };
    let (put, get, cut) = tokio::join!(store.start_put(&other, &value), reader.start_get(&key), cut);
    put.expect(Expected::TimedOut.or_unavailable())?;
    get.expect(Expected::Value(value).or_unavailable())?;
    cut.heal();
    drop(stall);
    Ok(())
}

/// With one step more each time before the cut, so that it may come before the request, or before the answer.
pub(crate) async fn cut_amid_a_put_is_told_truly(case: &Session) -> Verdict {
    let (old, new) = (text("old"), text("new"));
    let store = case.open_with_outages().await?;
    let pause = case.noticeable() / 16;
    for steps in 0..=3 {
        let key = case.key(format!("k{steps}"));
        case.put_after_outage(&store, &key, &old).await?;
        let stall = case.stall();
        let patient = store.with_timeout(case.patience() / 2);
        let cut = async {
            for _ in 0..steps {
                tokio::time::sleep(pause).await;
                stall.let_one_step_pass();
            }
            tokio::time::sleep(pause).await;
            case.cut()
        };
        let (put, cut) = tokio::join!(patient.start_put(&key, &new), cut);
        put.expect(Expected::Stored.or_unavailable())?;
        cut.heal();
        drop(stall);
        let has = match put.outcome {
            Outcome::Stored | Outcome::Superseded(_) => Expected::Value(new.clone()),
            _ => Expected::one_of(&[old.clone(), new.clone()]),
        };
        case.expect_after_outage(&store, Timed::Get(&key), has).await?;
    }
    Ok(())
}

pub(crate) async fn cut_without_timeout_ends(case: &Session) -> Verdict {
    let (key, other, value) = (case.key("k"), case.key("other"), text("value"));
    let store = case.open_with_outages().await?;
    store.put(&key, &value).await?;
    let reader = case.reader_of(&store, &key, &value).await?;
    let stall = case.stall();
    let outage = async {
        tokio::time::sleep(case.noticeable() / 8).await;
        let cut = case.cut();
        tokio::time::sleep(case.noticeable() / 8).await;
        cut.heal();
    };
    let (put, get, ()) = tokio::join!(store.start_put(&other, &value), reader.start_get(&key), outage);
    drop(stall);
    put.expect(Expected::Stored.or_unavailable())?;
    get.expect(Expected::Value(value.clone()).or_unavailable())?;
    case.put_after_outage(&store, &key, &value).await
}

pub(crate) async fn heals_after_stall(case: &Session) -> Verdict {
    let store = case.open_with_outages().await?;
    let entries = put_many(case, &store).await?;
    let stall = case.stall();
    let hurried = store.with_timeout(case.noticeable() / 10);
    for _ in 0..3 {
        call_all(&hurried, &entries).await?;
    }
    stall.heal();
    expect_to_be_back(case, &store, &entries).await
}

pub(crate) async fn heals_after_dropped_calls(case: &Session) -> Verdict {
    let store = case.open_with_outages().await?;
    let entries = put_many(case, &store).await?;
    let stall = case.stall();
    for _ in 0..3 {
        // Dropped when it has stalled, with all calls in it.
        let _ = tokio::time::timeout(case.noticeable() / 10, call_all(&store.patient(), &entries)).await;
    }
    stall.heal();
    expect_to_be_back(case, &store, &entries).await
}

pub(crate) async fn heals_after_cut(case: &Session) -> Verdict {
    let store = case.open_with_outages().await?;
    let entries = put_many(case, &store).await?;
    // Again with connections that are open, as many as the store likes to have.
    call_all(&store.patient(), &entries).await?;
    let cut = case.cut();
    // As often as a pool has places, where the store sees at once that it is cut off.
    let begun = Instant::now();
    for _ in 0..8 {
        call_all(&store.with_timeout(case.patience() / 4), &entries).await?;
        if begun.elapsed() > case.noticeable() / 2 {
            break;
        }
    }
    cut.heal();
    expect_to_be_back(case, &store, &entries).await
}

pub(crate) async fn missing_is_not_cached_from_an_outage(case: &Session) -> Verdict {
    let (key, later, absent) = (case.key("k"), case.key("later"), case.key("absent"));
    let value = text("value");
    let store = case.open_with_outages().await?;
    store.put(&key, &value).await?;
    let reader = case.reader_of(&store, &key, &value).await?;
    for outage in [Session::stall, Session::cut] {
        let outage = outage(case);
        let hurried = reader.with_timeout(case.noticeable());
        hurried.start_get(&key).await.expect(Expected::Value(value.clone()).or_unavailable())?;
        for key in [&later, &absent] {
            hurried.start_get(key).await.expect(Expected::Missing.or_unavailable())?;
        }
        outage.heal();
        case.expect_value_after_outage(&reader, &key, &value).await?;
        case.expect_after_outage(&reader, Timed::Get(&absent), Expected::Missing).await?;
    }
    case.put_after_outage(&reader, &later, &value).await?;
    reader.expect(&later, &value).await
}

pub(crate) async fn acknowledged_survives_outage(case: &Session) -> Verdict {
    let store = case.open_with_outages().await?;
    let mut entries = Vec::new();
    for (number, outage) in [Session::cut, Session::stall, Session::cut].into_iter().enumerate() {
        for key in 0..8 {
            let (key, value) = (case.key(format!("o{number}k{key}")), case.value(100));
            case.put_after_outage(&store, &key, &value).await?;
            entries.push((key, value));
            if !case.has_time() {
                break;
            }
        }
        // Right after the last of them was acknowledged.
        let outage = outage(case);
        let failed = store.with_timeout(case.noticeable() / 10).start_put(&case.key("failed"), &text("value")).await;
        failed.expect(Expected::TimedOut.or_unavailable())?;
        outage.heal();
    }
    for (key, value) in &entries {
        case.expect_value_after_outage(&store, key, value).await?;
    }
    Ok(())
}

/// Puts to many keys at once, so that the store is all there, with every connection that it likes to have.
async fn put_many(case: &Session, store: &Handle) -> Verdict<Vec<(Bytes, Bytes)>> {
    let entry = |number| (case.key(format!("k{number}")), Bytes::from(format!("value {number}")));
    let entries: Vec<_> = (0..MANY).map(entry).collect();
    let put = case.put_all(store, &entries).await?;
    Ok(entries[..put].to_vec())
}

/// Gets all of these at once, and puts each again. In an outage a call may end as it likes, but not as if there were nothing.
async fn call_all(store: &Handle, entries: &[(Bytes, Bytes)]) -> Verdict {
    let mut calls = Calls::default();
    for (key, value) in entries {
        let (store, key, value) = (store.clone(), key.clone(), value.clone());
        calls.start(async move {
            let (get, put) = tokio::join!(store.start_get(&key), store.start_put(&key, &value));
            get.expect(Expected::Value(value.clone()).or_unavailable())?;
            put.expect(Expected::Stored.or_unavailable())
        });
    }
    calls.all_or_first_failure().await
}

/// Each key has its value, and the store takes another.
async fn expect_to_be_back(case: &Session, store: &Handle, entries: &[(Bytes, Bytes)]) -> Verdict {
    let (key, new) = (case.key("after"), text("new"));
    for (key, value) in entries {
        case.expect_value_after_outage(store, key, value).await?;
    }
    case.put_after_outage(store, &key, &new).await?;
    store.expect(&key, &new).await
}
