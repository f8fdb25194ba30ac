//! The store works again after an outage.

use std::time::{Duration, Instant};

use bytes::Bytes;

use super::super::text;
use super::many::{new_key, put_many};
use crate::conformance::history::{Expected, Verdict};
use crate::conformance::session::{Calls, Handle, Outage, Request, Session};

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
        // The timeout drops all calls while they stall.
        let _ = tokio::time::timeout(case.noticeable() / 10, call_all(&store.patient(), &entries)).await;
    }
    stall.heal();
    expect_to_be_back(case, &store, &entries).await
}

pub(crate) async fn heals_after_cut(case: &Session) -> Verdict {
    let store = case.open_with_outages().await?;
    let entries = put_many(case, &store).await?;
    // Makes the calls once more, so that the store has as many open connections as it wants before the cut.
    call_all(&store.patient(), &entries).await?;
    let cut = case.cut();
    // If the store notices the cut at once, eight rounds take every place of a pool. If calls wait for their timeout,
    // one round has to do.
    let timeout = case.patience() / 4;
    for _ in 0..8 {
        let begun = Instant::now();
        call_all(&store.with_timeout(timeout), &entries).await?;
        if begun.elapsed() >= timeout {
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
        case.expect_after_outage(&reader, Request::Get(&absent), Expected::Missing).await?;
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
        // The outage begins right after the last put was acknowledged.
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

pub(crate) async fn failed_calls_leave_their_keys_usable(case: &Session) -> Verdict {
    let store = case.open_with_outages().await?;
    let timeout = case.noticeable() / 6;
    fail_and_use_keys(case, &store.with_timeout(timeout), Session::stall, Duration::MAX).await?;
    fail_and_use_keys(case, &store.with_timeout(timeout), Session::cut, Duration::MAX).await?;
    // All calls are dropped, since the timeouts do not pass before.
    fail_and_use_keys(case, &store.with_timeout(timeout), Session::stall, timeout / 2).await
}

/// Makes calls in an outage, for this long at most, and then calls with the same keys. Each call in the outage is made for
/// two keys: of the one, the next call is a get, and of the other a put.
async fn fail_and_use_keys(case: &Session, store: &Handle, outage: fn(&Session) -> Outage, wait: Duration) -> Verdict {
    let (old, late) = (text("old"), text("late"));
    let [replaced, first, found, missing] = [(); 4].map(|()| [new_key(case), new_key(case)]);
    for key in replaced.iter().chain(&found) {
        case.put_after_outage(store, key, &old).await?;
    }
    let outage = outage(case);
    let mut calls = Calls::default();
    for key in replaced.iter().chain(&first) {
        calls.start(put_in_an_outage(store.clone(), key.clone(), late.clone()));
    }
    for (keys, expected) in [(&found, Expected::Value(old.clone())), (&missing, Expected::Missing)] {
        for key in keys {
            calls.start(get_in_an_outage(store.clone(), key.clone(), expected.clone()));
        }
    }
    tokio::time::timeout(wait, calls.all()).await.unwrap_or(Ok(()))?;
    outage.heal();
    let [old_or_late, late_or_missing] = [Expected::one_of(&[old.clone(), late.clone()]), late_or_missing(&late)];
    let (replaced, first, found, missing) = tokio::join!(
        expect_usable(case, store, &replaced, old_or_late, Some(&late)),
        expect_usable(case, store, &first, late_or_missing, Some(&late)),
        expect_usable(case, store, &found, Expected::Value(old), None),
        expect_usable(case, store, &missing, Expected::Missing, None)
    );
    replaced.and(first).and(found).and(missing)
}

async fn put_in_an_outage(store: Handle, key: Bytes, value: Bytes) -> Verdict {
    store.start_put(&key, &value).await.expect(Expected::TimedOut.or_unavailable())
}

async fn get_in_an_outage(store: Handle, key: Bytes, expected: Expected) -> Verdict {
    store.start_get(&key).await.expect(expected.or_unavailable())
}

fn late_or_missing(late: &Bytes) -> Expected {
    Expected::Value(late.clone()).or_missing()
}

/// Gets the one key, which has to end as expected. Then puts and gets both. A put that was left behind may land late.
async fn expect_usable(
    case: &Session,
    store: &Handle,
    [got, put]: &[Bytes; 2],
    expected: Expected,
    late: Option<&Bytes>,
) -> Verdict {
    let new = text("new");
    case.expect_after_outage(store, Request::Get(got), expected).await?;
    for key in [put, got] {
        case.put_after_outage(store, key, &new).await?;
        let either = Expected::OneOf(late.into_iter().chain([&new]).cloned().collect());
        case.expect_after_outage(store, Request::Get(key), either).await?;
    }
    Ok(())
}

/// Each outage ends just before the restart: what the store left to be done after the outage, it may not have done.
pub(crate) async fn outages_take_nothing_from_a_restart(case: &Session) -> Verdict {
    let (old, late) = (text("old"), text("late"));
    let mut store = case.open_with_outages().await?;
    let mut acknowledged = Vec::new();
    for (number, outage) in [Session::stall, Session::cut].into_iter().enumerate() {
        let [kept, replaced, first, after] =
            ["kept", "replaced", "first", "after"].map(|name| case.key(format!("{name}{number}")));
        for key in [&kept, &replaced] {
            case.put_after_outage(&store, key, &old).await?;
        }
        let outage = outage(case);
        for key in [&replaced, &first] {
            put_in_an_outage(store.with_timeout(case.noticeable() / 6), key.clone(), late.clone()).await?;
        }
        outage.heal();
        case.put_after_outage(&store, &after, &old).await?;
        store = case.restart(store).await?;
        acknowledged.extend([kept, after]);
        for key in &acknowledged {
            case.expect_value_after_outage(&store, key, &old).await?;
        }
        let either = Expected::one_of(&[old.clone(), late.clone()]);
        case.expect_after_outage(&store, Request::Get(&replaced), either).await?;
        case.expect_after_outage(&store, Request::Get(&first), late_or_missing(&late)).await?;
        case.put_after_outage(&store, &first, &old).await?;
    }
    Ok(())
}

/// Gets each key and puts its value again, all at once. In an outage a call may fail or time out, but a get may not
/// return `NotFound`.
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

/// Expects each key to have its value, and the store to take a new one.
async fn expect_to_be_back(case: &Session, store: &Handle, entries: &[(Bytes, Bytes)]) -> Verdict {
    let (key, new) = (case.key("after"), text("new"));
    for (key, value) in entries {
        case.expect_value_after_outage(store, key, value).await?;
    }
    case.put_after_outage(store, &key, &new).await?;
    store.expect(&key, &new).await
}
