//! What unknown options may not change: the outcome of a call, its timeout, and other calls.

use std::time::Duration;

use bytes::Bytes;
use serde_json::{Map, Value, json};

use super::super::text;
use super::ignored::{ignored, unknown};
use crate::Options;
use crate::conformance::history::{Expected, Verdict};
use crate::conformance::session::{GENEROUS, Request, Session};

pub(crate) async fn unknown_on_put(case: &Session) -> Verdict {
    let key = case.key("k");
    let store = case.open().await?;
    store.with(unknown()).put(&key, &text("value")).await?;
    store.expect(&key, &text("value")).await
}

pub(crate) async fn unknown_on_get(case: &Session) -> Verdict {
    let key = case.key("k");
    let store = case.open().await?;
    store.put(&key, &text("value")).await?;
    store.with(unknown()).expect(&key, &text("value")).await
}

pub(crate) async fn missing_key_with_unknown_options(case: &Session) -> Verdict {
    let key = case.key("absent");
    let store = case.open().await?;
    let with_options = store.with(unknown());
    with_options.expect_missing(&key).await?;
    store.expect_missing(&key).await?;
    if case.settings().records.is_some() {
        // The case cannot choose the lengths of records.
        return Ok(());
    }
    if case.settings().max_value_len.is_some() {
        let too_long = Bytes::from(vec![b'x'; case.max_value_len() + 1]);
        with_options.start_put(&key, &too_long).await.expect(Expected::ValueRefused)?;
        store.expect_missing(&key).await?;
    }
    if case.settings().max_key_len.is_some() {
        let too_long = Bytes::from(vec![b'x'; case.max_key_len() + 1]);
        with_options.start_put(&too_long, &text("refused")).await.expect(Expected::KeyRefused)?;
    }
    Ok(())
}

pub(crate) async fn unknown_with_every_json_type(case: &Session) -> Verdict {
    // Deeper than the 128 levels at which parsers of JSON tend to give up.
    let nested = (0..200).fold(json!(1), |inner, depth| match depth % 2 {
        0 => Value::Array(vec![inner]),
        _ => Value::Object(Map::from_iter([("in".to_owned(), inner)])),
    });
    let values = [
        json!(null),
        json!(true),
        json!(false),
        json!(0),
        json!(-1),
        json!(i64::MIN),
        json!(i64::MAX),
        json!(u64::MAX),
        json!(0.1),
        json!(-0.0),
        json!(1e308),
        json!(""),
        json!("\0\u{feff}\u{10ffff}"),
        json!("\"quoted\" & <tagged>\r\n"),
        json!("x".repeat(100_000)),
        json!([]),
        json!([null, [true], "text"]),
        json!(vec![0; 1_000]),
        json!({}),
        json!({ "": null }),
        json!({ "timeout": 0, "value": "other" }),
        nested,
    ];
    ignored(case, values.into_iter().map(|value| Options::new().with("value-store-conformance-unknown", value))).await
}

/// Up to more options than one byte can count.
pub(crate) async fn many_unknown(case: &Session) -> Verdict {
    let many = [2, 17, 100, 300, 1_100].map(|count| {
        (0..count).fold(Options::new(), |options, number| options.with(format!("unknown-option-{number}"), number))
    });
    ignored(case, many).await
}

pub(crate) async fn known_timeout_still_works_beside_unknown(case: &Session) -> Verdict {
    let (key, value) = (case.key("k"), text("value"));
    let store = case.open().await?.with(unknown());
    let generous = store.with(unknown().with_timeout(GENEROUS));
    generous.put(&key, &value).await?;
    generous.expect(&key, &value).await?;
    for timeout in [Duration::ZERO, Duration::from_nanos(1), Duration::from_millis(1)] {
        case.in_time(&store, timeout, Request::Get(&key), Expected::Value(value.clone())).await?;
        case.in_time(&store, timeout, Request::Get(&case.key("absent")), Expected::Missing).await?;
        case.in_time(&store, timeout, Request::Put(&case.key("other"), &value), Expected::Stored).await?;
    }
    Ok(())
}

pub(crate) async fn nothing_leaks_to_the_next_call(case: &Session) -> Verdict {
    let (key, other, value) = (case.key("k"), case.key("other"), text("value"));
    let store = case.open().await?;
    let heavy = unknown().with("another-unknown", "other").with("unknown-timeout", 0).with("unknown-value", "other");
    let heavy = store.with(heavy.with_timeout(GENEROUS));

    heavy.put(&key, &value).await?;
    store.expect(&key, &value).await?;
    heavy.expect(&key, &value).await?;
    store.expect_missing(&other).await?;
    store.put(&other, &text("plain")).await?;
    store.expect(&other, &text("plain")).await?;
    store.expect(&key, &value).await
}

pub(crate) async fn same_key_with_and_without_options(case: &Session) -> Verdict {
    let key = case.key("k");
    let store = case.open().await?;
    let (one, other) = (store.with(unknown()), store.with(Options::new().with("another-unknown", Value::Null)));
    one.expect_missing(&key).await?;
    store.put(&key, &text("plain")).await?;
    one.expect(&key, &text("plain")).await?;
    one.put(&key, &text("one")).await?;
    store.expect(&key, &text("one")).await?;
    other.expect(&key, &text("one")).await?;
    other.put(&key, &text("other")).await?;
    one.expect(&key, &text("other")).await?;
    store.expect(&key, &text("other")).await
}

pub(crate) async fn put_with_options_survives(case: &Session) -> Verdict {
    let (key, old, new) = (case.key("k"), text("plain"), text("options"));
    let store = case.open().await?;
    store.put(&key, &old).await?;
    store.with(unknown()).put(&key, &new).await?;
    let store = case.restart(store).await?;
    store.expect(&key, &new).await?;
    store.with(unknown()).expect(&key, &new).await
}
