//! A get names a peer that had the value, and adds nothing else to the value.

use std::time::Duration;

use bytes::Bytes;

use super::limits::filled;
use super::text;
use crate::Options;
use crate::conformance::history::{Expected, Failure, Outcome, Verdict};
use crate::conformance::session::{GENEROUS, Handle, Session};

pub(crate) async fn from_is_always_a_member(case: &Session) -> Verdict {
    let key = case.key("k");
    let store = case.open().await?;
    store.put(&key, &text("value")).await?;
    // More than 256 gets, for a store that counts in one byte.
    expect_each_from_a_member(case, &vec![(store.patient(), key); 300]).await
}

pub(crate) async fn from_survives_overwrite(case: &Session) -> Verdict {
    let key = case.key("k");
    let store = case.open().await?;
    for value in ["first", "second", "third", "third"] {
        store.put(&key, &text(value)).await?;
        expect_from_a_member(case, &store, &key).await?;
    }
    Ok(())
}

pub(crate) async fn from_per_key(case: &Session) -> Verdict {
    let store = case.open().await?;
    let keys: Vec<_> = (0..64).map(|number| case.key(format!("k{number}"))).collect();
    put_and_expect_each_from_a_member(case, &store, &keys).await
}

pub(crate) async fn from_whatever_the_key(case: &Session) -> Verdict {
    let store = case.open().await?;
    let odd = [case.key("\0"), case.key(b"\xff"), case.key_beginning(" "), case.key_beginning("/")];
    let long = filled(&case.key(""), case.max_key_len().min(1_000));
    let keys: Vec<_> = odd.into_iter().chain([long]).collect();
    put_and_expect_each_from_a_member(case, &store, &keys).await
}

async fn put_and_expect_each_from_a_member(case: &Session, store: &Handle, keys: &[Bytes]) -> Verdict {
    let entries: Vec<_> = keys.iter().map(|key| (key.clone(), case.value(16))).collect();
    let put = case.put_all(store, &entries).await?;
    let gets: Vec<_> = keys[..put].iter().map(|key| (store.patient(), key.clone())).collect();
    expect_each_from_a_member(case, &gets).await
}

pub(crate) async fn from_whatever_the_call(case: &Session) -> Verdict {
    let key = case.key("k");
    let store = case.open().await?;
    let unknown = Options::new().with("value-store-conformance-unknown", 1);
    let with_timeout = store.with_timeout(GENEROUS);
    let with_options = store.with(unknown.clone());
    let with_both = store.with(unknown.with_timeout(GENEROUS));
    for length in [0, 1, 1_000, 70_000, 300_000] {
        store.put(&key, &case.bytes(length)).await?;
        for handle in [&store, &with_timeout, &with_options, &with_both] {
            expect_from_a_member(case, handle, &key).await?;
        }
    }
    Ok(())
}

pub(crate) async fn from_after_a_call_that_found_nothing(case: &Session) -> Verdict {
    let (key, absent) = (case.key("k"), case.key("absent"));
    let store = case.open().await?;
    store.put(&key, &text("value")).await?;
    store.expect_missing(&absent).await?;
    expect_from_a_member(case, &store, &key).await?;
    store.start_get(&key).drop_after(1).await;
    expect_from_a_member(case, &store, &key).await?;
    store.start_put(&key, &text("dropped")).drop_after(1).await;
    expect_from_a_member(case, &store, &key).await?;
    store.with_timeout(Duration::ZERO).start_get(&key).await.expect(Expected::AnyValue.or_timeout())?;
    expect_from_a_member(case, &store, &key).await
}

pub(crate) async fn value_has_no_envelope(case: &Session) -> Verdict {
    let store = case.open().await?;
    let mut value = text("{\"val\": 1}");
    store.put(&case.key("k0"), &value).await?;
    for generation in 1..5 {
        let found = store.start_get(&case.key(format!("k{}", generation - 1))).await;
        found.expect(Expected::Value(value.clone()))?;
        value = found.value().unwrap_or(value);
        store.put(&case.key(format!("k{generation}")), &value).await?;
    }
    store.expect(&case.key("k4"), &text("{\"val\": 1}")).await
}

pub(super) async fn expect_from_a_member(case: &Session, store: &Handle, key: &Bytes) -> Verdict {
    expect_each_from_a_member(case, &[(store.clone(), key.clone())]).await
}

/// Gets each key through its handle, many at the same time.
async fn expect_each_from_a_member(case: &Session, gets: &[(Handle, Bytes)]) -> Verdict {
    let members = case.world().members();
    if members.is_empty() {
        case.history().is_not_judged("the factory names no member (Context::member), so every `from` was taken");
    }
    let expect = |(store, key): (Handle, Bytes)| {
        let members = members.clone();
        async move {
            let ended = store.start_get(&key).await;
            match &ended.outcome {
                Outcome::Found(found) if members.is_empty() || members.contains(&found.from) => Ok(()),
                Outcome::Found(_) => Failure::Stranger { operation: ended.operation, members }.into(),
                _ => ended.expect(Expected::AnyValue),
            }
        }
    };
    case.for_each(gets, expect).await?;
    Ok(())
}
