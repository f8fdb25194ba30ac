//! What a store does not know, it ignores.

use std::time::Duration;

use serde_json::{Value, json};

use super::text;
use crate::Options;
use crate::conformance::failure::{Expected, Verdict};
use crate::conformance::session::Session;
use crate::conformance::timing::Timed;

/// An option that no store has.
fn unknown() -> Options {
    Options::new().with("value-store-conformance-unknown", "ignored")
}

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
    store.with(unknown()).expect_missing(&key).await?;
    store.expect_missing(&key).await
}

pub(crate) async fn unknown_with_every_json_type(case: &Session) -> Verdict {
    let nested =
        (0..64).fold(json!(1), |inner, depth| if depth % 2 == 0 { json!([inner]) } else { json!({ "in": inner }) });
    let huge = "x".repeat(100_000);
    let values = [
        json!(null),
        json!(true),
        json!(false),
        json!(0),
        json!(-1),
        json!(i64::MIN),
        json!(u64::MAX),
        json!(0.1),
        json!(1e308),
        json!(""),
        json!("\0\u{feff}\u{10ffff}"),
        json!([]),
        json!({}),
        json!({ "": null }),
        json!(huge),
        nested,
    ];
    ignored(case, values.into_iter().map(|value| Options::new().with("value-store-conformance-unknown", value))).await
}

pub(crate) async fn hundred_unknown(case: &Session) -> Verdict {
    let many = |count| {
        (0..count).fold(Options::new(), |options, number| options.with(format!("unknown-option-{number}"), number))
    };
    ignored(case, [many(100), many(300)]).await
}

pub(crate) async fn additional_timeout_is_none(case: &Session) -> Verdict {
    let values = [json!(0), json!(1), json!("0"), json!("0s"), json!({ "secs": 0, "nanos": 0 }), json!("other")];
    ignored(case, values.map(|value| Options::new().with("timeout", value))).await
}

pub(crate) async fn names_like_known_ones(case: &Session) -> Verdict {
    let names = ["Timeout", "TIMEOUT", "timeoutMs", "timeout_ms", "timeout ", "from", "val", "value", "key"];
    let values = [json!(0), json!("0"), json!("other")];
    let each = names.iter().flat_map(|name| values.iter().map(|value| Options::new().with(*name, value.clone())));
    ignored(case, each).await
}

pub(crate) async fn odd_names(case: &Session) -> Verdict {
    let long = "n".repeat(1_000);
    let names =
        ["", " ", "two words", "a=b&c=d", "../..", "%00", "a\0b", "line\nend", "\u{43a}\u{43b}", "__proto__", &long];
    ignored(case, names.map(|name| Options::new().with(name, 1))).await
}

/// Put and get behave as they do without options, whether one, the other or both have them.
async fn ignored(case: &Session, options: impl IntoIterator<Item = Options>) -> Verdict {
    let store = case.open().await?;
    for (number, options) in options.into_iter().enumerate() {
        let (key, absent) = (case.key(format!("k{number}")), case.key(format!("absent{number}")));
        let (first, second) = (case.value(16), case.value(16));
        let with_options = store.with(options);
        with_options.put(&key, &first).await?;
        store.expect(&key, &first).await?;
        store.put(&key, &second).await?;
        with_options.expect(&key, &second).await?;
        with_options.expect_missing(&absent).await?;
        if !case.has_time() {
            break;
        }
    }
    Ok(())
}

pub(crate) async fn known_timeout_still_works_beside_unknown(case: &Session) -> Verdict {
    let (key, value) = (case.key("k"), text("value"));
    let store = case.open().await?.with(unknown());
    let generous = store.with(unknown().with_timeout(Duration::from_secs(3_600)));
    generous.put(&key, &value).await?;
    generous.expect(&key, &value).await?;
    for timeout in [Duration::ZERO, Duration::from_nanos(1), Duration::from_millis(1)] {
        case.in_time(&store, timeout, Timed::Get(&key), Expected::Value(value.clone())).await?;
        case.in_time(&store, timeout, Timed::Get(&case.key("absent")), Expected::Missing).await?;
        case.in_time(&store, timeout, Timed::Put(&case.key("other"), &value), Expected::Stored).await?;
    }
    Ok(())
}

pub(crate) async fn nothing_leaks_to_the_next_call(case: &Session) -> Verdict {
    let (key, other, value) = (case.key("k"), case.key("other"), text("value"));
    let store = case.open().await?;
    let heavy = unknown().with("another-unknown", "other").with("unknown-timeout", 0).with("unknown-value", "other");
    let heavy = store.with(heavy.with_timeout(Duration::from_secs(3_600)));

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
    store.put(&key, &text("plain")).await?;
    one.expect(&key, &text("plain")).await?;
    one.put(&key, &text("with one")).await?;
    store.expect(&key, &text("with one")).await?;
    other.expect(&key, &text("with one")).await?;
    other.put(&key, &text("with other")).await?;
    one.expect(&key, &text("with other")).await?;
    store.expect(&key, &text("with other")).await
}
