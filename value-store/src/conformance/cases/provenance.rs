//! A value comes with the name of a peer that had it, and with nothing else.

use std::time::Duration;

use bytes::Bytes;

use super::text;
use crate::Options;
use crate::conformance::failure::{Expected, Failure, Verdict};
use crate::conformance::history::Outcome;
use crate::conformance::session::{Handle, Session};

pub(crate) async fn from_is_always_a_member(case: &Session) -> Verdict {
    let key = case.key("k");
    let store = case.open().await?;
    store.put(&key, &text("value")).await?;
    for _ in 0..20 {
        expect_from_a_member(case, &store, &key).await?;
    }
    Ok(())
}

pub(crate) async fn from_survives_overwrite(case: &Session) -> Verdict {
    let key = case.key("k");
    let store = case.open().await?;
    for value in ["first", "", "third", "third"] {
        store.put(&key, &text(value)).await?;
        expect_from_a_member(case, &store, &key).await?;
    }
    Ok(())
}

pub(crate) async fn from_per_key(case: &Session) -> Verdict {
    let store = case.open().await?;
    let entries: Vec<_> = (0..32).map(|number| (case.key(format!("k{number}")), case.value(16))).collect();
    let put = case.put_all(&store, &entries).await?;
    for (key, _) in &entries[..put] {
        expect_from_a_member(case, &store, key).await?;
    }
    Ok(())
}

pub(crate) async fn from_whatever_the_call(case: &Session) -> Verdict {
    let key = case.key("k");
    let store = case.open().await?;
    let unknown = Options::new().with("value-store-conformance-unknown", 1);
    let handles = [store.clone(), store.with_timeout(Duration::from_secs(3_600)), store.with(unknown)];
    for length in [0, 1_000, 100_000] {
        store.put(&key, &case.bytes(length)).await?;
        for handle in &handles {
            expect_from_a_member(case, handle, &key).await?;
        }
    }
    Ok(())
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
    let ended = store.start_get(key).await;
    let members = case.world().members();
    if members.is_empty() {
        case.history().note("the factory names no member (Context::member), so every `from` was taken");
    }
    match &ended.outcome {
        Outcome::Found(found) if members.is_empty() || members.contains(&found.from) => Ok(()),
        Outcome::Found(_) => Failure::Stranger { operation: ended.operation, members }.into(),
        _ => ended.expect(Expected::AnyValue),
    }
}
