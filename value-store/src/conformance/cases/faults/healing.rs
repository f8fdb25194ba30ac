//! The store works again after an outage.

use std::time::Instant;

use bytes::Bytes;

use super::super::text;
use super::many::MANY;
use crate::conformance::history::{Expected, Verdict};
use crate::conformance::session::{Calls, Handle, Request, Session};

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
    // If the store notices the cut at once, eight rounds take every place of a pool. If each call waits for its
    // timeout, fewer rounds have to do.
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

/// Puts many keys at once, so that the store opens as many connections as it wants.
async fn put_many(case: &Session, store: &Handle) -> Verdict<Vec<(Bytes, Bytes)>> {
    let entry = |number| (case.key(format!("k{number}")), Bytes::from(format!("value{number}")));
    let entries: Vec<_> = (0..MANY).map(entry).collect();
    let put = case.put_all(store, &entries).await?;
    Ok(entries[..put].to_vec())
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
