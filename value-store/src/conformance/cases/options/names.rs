//! Options whose names a store may take for something else.

use serde_json::{Value, json};

use super::super::text;
use super::ignored::ignored;
use crate::Options;
use crate::conformance::history::Verdict;
use crate::conformance::session::Session;

pub(crate) async fn additional_timeout_is_none(case: &Session) -> Verdict {
    let values = [json!(0), json!(1), json!("0"), json!("0s"), json!({ "secs": 0, "nanos": 0 }), json!("other")];
    ignored(case, values.map(|value| Options::new().with("timeout", value))).await
}

pub(crate) async fn names_like_known_ones(case: &Session) -> Verdict {
    let timeouts =
        ["timeout", "Timeout", "TIMEOUT", "timeoutMs", "timeout_ms", "timeout-ms", "timeout ", "time", "time_out"];
    let others = ["from", "val", "value", "key", "options", "additional"];
    let values = [
        json!(0),
        json!("0"),
        json!("other"),
        json!(null),
        json!(-1),
        json!(u64::MAX),
        json!(1e308),
        json!(false),
        json!("0ms"),
        json!({ "secs": 0, "nanos": 0 }),
        json!([]),
    ];
    let names = timeouts.iter().chain(&others);
    let each = names.flat_map(|name| values.iter().map(|value| Options::new().with(*name, value.clone())));
    ignored(case, each).await
}

/// Names that mean something to other stores, as a number: a time, a count or a place.
const NUMBERS_ELSEWHERE: &[&str] = &[
    "ttl",
    "TTL",
    "expire",
    "expires",
    "expiration",
    "maxAge",
    "max_age",
    "lifetime",
    "deadline",
    "retries",
    "delay",
    "limit",
    "replicas",
    "concurrency",
    "priority",
    "size",
    "length",
    "count",
    "timestamp",
    "sequence",
    "epoch",
    "revision",
];

/// As a yes or no.
const SWITCHES_ELSEWHERE: &[&str] = &[
    "overwrite",
    "create",
    "nx",
    "xx",
    "if_absent",
    "append",
    "merge",
    "delete",
    "recursive",
    "dryRun",
    "cache",
    "no-cache",
    "compress",
    "binary",
    "raw",
    "json",
    "sync",
    "durable",
    "local",
    "offline",
    "allow-offline",
    "readonly",
    "validate",
    "verify",
    "stale",
    "force",
    "return",
];

/// As a text.
const TEXTS_ELSEWHERE: &[&str] = &[
    "namespace",
    "prefix",
    "suffix",
    "db",
    "table",
    "bucket",
    "path",
    "name",
    "id",
    "type",
    "codec",
    "encoding",
    "content-type",
    "consistency",
    "ifMatch",
    "if_none_match",
    "etag",
    "version",
    "range",
    "offset",
    "start",
    "end",
    "signal",
    "peer",
    "to",
    "data",
    "default",
    "query",
    "token",
    "metadata",
    "headers",
];

/// Each name has values of all JSON types, except those that would change the outcome in a store that has such an option,
/// and ignores what makes no sense for it.
pub(crate) async fn names_known_elsewhere(case: &Session) -> Verdict {
    let no_sense = [json!(null), json!([]), json!({ "value": ["other"] })];
    let numbers = [json!(4_000_000_000.5), json!(true), json!("other")];
    let switches = [json!(7), json!("other")];
    let texts = [json!(7), json!(true)];
    let each = [(NUMBERS_ELSEWHERE, &numbers[..]), (SWITCHES_ELSEWHERE, &switches), (TEXTS_ELSEWHERE, &texts)];
    let each = each.into_iter().flat_map(|(names, values)| few_at_a_time(names, [&no_sense, values].concat()));
    ignored(case, each).await
}

/// For a few of the names at a time, options that have each of these values under all of them.
fn few_at_a_time(names: &[&'static str], values: Vec<Value>) -> impl Iterator<Item = Options> {
    names.chunks(3).flat_map(move |few| values.clone().into_iter().map(|value| with_all(few, &value)))
}

fn with_all(names: &[&str], value: &Value) -> Options {
    names.iter().fold(Options::new(), |options, name| options.with(*name, value.clone()))
}

/// What an option does to its own call is up to the store, if it is one of its own. It does nothing to other calls, neither
/// to those beside it nor to those after it.
pub(crate) async fn nothing_leaks_from_names_known_elsewhere(case: &Session) -> Verdict {
    let (key, absent, value, plain) = (case.key("k"), case.key("absent"), text("value"), text("plain"));
    let store = case.open().await?;
    store.put(&key, &value).await?;
    let names = [NUMBERS_ELSEWHERE, SWITCHES_ELSEWHERE, TEXTS_ELSEWHERE, &["quorum", "timeout_ms", "from"]].concat();
    let values = vec![json!(0), json!(true), json!("other")];
    for (number, options) in few_at_a_time(&names, values).enumerate() {
        let with_option = store.with(options);
        let [own, other] = ["own", "n"].map(|name| case.key(format!("{name}{number}")));
        let (_, put) = tokio::join!(with_option.start_put(&own, &value), store.put(&other, &plain));
        put?;
        let (_, got) = tokio::join!(with_option.start_get(&own), store.expect(&other, &plain));
        got?;
        store.expect_missing(&absent).await?;
        if !case.has_time() {
            break;
        }
    }
    store.expect(&key, &value).await?;
    store.put(&key, &plain).await?;
    store.expect(&key, &plain).await
}

pub(crate) async fn odd_names(case: &Session) -> Verdict {
    let (long, longer) = ("n".repeat(1_000), "n".repeat(70_000));
    let names = [
        "",
        " ",
        "1",
        "-",
        "--help",
        "two words",
        "a=b&c=d",
        "a:b",
        "a;b",
        "a,b",
        "a.b",
        "a/b",
        "../..",
        "%00",
        "%s",
        "a\0b",
        "line\nend",
        "X-Header\r\nInjected: 1",
        "\"",
        "'",
        "$where",
        "{}",
        "null",
        "\u{43a}\u{43b}",
        "\u{1f600}",
        "__proto__",
        &long,
        &longer,
    ];
    ignored(case, names.map(|name| Options::new().with(name, 1))).await
}
