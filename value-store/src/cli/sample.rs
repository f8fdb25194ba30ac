//! Reports to test with: each outcome, and text that wants to be markup.

use serde_json::{Value, json};
use value_store::conformance::Report;

/// One of everything: two causes, one of them with a case that stands on it, a failure that was expected, and what was not
/// judged, not claimed and skipped.
pub(crate) fn bad() -> Report {
    let mut report = all_of_it();
    report.staleness = Some(serde_json::from_value(staleness()).expect("it is a staleness"));
    report
}

fn all_of_it() -> Report {
    let mut lost =
        failed("overwrite::second_put_wins", "PUT-2: get returns the value of the later put", "put; put; get");
    lost["notes"] = json!(["the machine was busy"]);
    let mut like_it = failed("overwrite::many_keys", "PUT-2: each key has its own", "put; put; get");
    like_it["sentence"] = json!("get 4 returned nothing");
    let mut stands = failed("overwrite::never_reverts", "PUT-2: an old value does not come back", "");
    stands["ground"] = json!("overwrite::second_put_wins");
    stands["report"] = json!("overwrite::never_reverts was not run for `a <b>bad</b> store`");
    let mut known = failed("limits::value_over_the_limit", "LIM-2: a value over the limit is refused", "put");
    known["outcome"] = json!("failed_as_expected");
    known["reason"] = json!("it takes every length & more");
    report(
        "a <b>bad</b> store",
        Some("0.2.0"),
        &["durable"],
        &json!([
            passed("round_trip::put_then_get", "PUT-1: get returns what was put"),
            passed("round_trip::get_repeats", "GET-2: get does not use a value up"),
            failed("round_trip::many_keys", "PUT-1: each of many keys has the value that was put to it", "put; get"),
            like_it,
            lost,
            stands,
            passed("limits::longest_key", "LIM-1: the longest key works"),
            known,
            unjudged("provenance::from_is_a_member", "not_judged", "the factory names no members"),
            unjudged("durable::value_survives", "ignored", "a restart takes an hour | here"),
            passed("durable::value_survives_twice", "DUR-1: a value is there after two restarts"),
            unjudged("shared::seen_by_others", "ignored", "not claimed: shared"),
            unjudged("shared::seen_by_all", "ignored", "not claimed: shared"),
        ]),
    )
}

/// What was seen of [`bad`].
fn staleness() -> Value {
    json!({
        "handles": 3, "puts": 40, "gets": 270, "stale": 37, "most_puts_behind": 3, "longest_behind": 0.021,
        "arrival": { "median": 0.012, "longest": 0.04 }, "never_arrived": 0, "waited": 1,
        "trouble": "1 of 310 calls failed, first a get with Backend: <i>gone</i>",
    })
}

/// The version before [`bad`]: it lost other things, and claimed less.
pub(crate) fn older() -> Report {
    let mut report = report(
        "a <b>bad</b> store",
        Some("0.1.0"),
        &[],
        &json!([
            passed("round_trip::put_then_get", "PUT-1: get returns what was put"),
            failed("round_trip::get_repeats", "GET-2: get does not use a value up", "put; get; get"),
            passed("round_trip::many_keys", "PUT-1: each of many keys has the value that was put to it"),
            failed("overwrite::second_put_wins", "PUT-2: get returns the value of the later put", "put; put; get"),
            unjudged("limits::value_over_the_limit", "ignored", "not claimed: max_value_len = …"),
            passed("provenance::from_is_a_member", "GET-4: from is a member"),
            passed("durable::value_survives", "DUR-1: a value is there after a restart"),
            unjudged("durable::value_survives_twice", "ignored", "not claimed: durable"),
        ]),
    );
    report.suite = "0.0.9".to_owned();
    report
}

/// A store without failures, which nobody has given a version.
pub(crate) fn good() -> Report {
    report(
        "good",
        None,
        &[],
        &json!([
            passed("round_trip::put_then_get", "PUT-1: get returns what was put"),
            passed("overwrite::second_put_wins", "PUT-2: get returns the value of the later put"),
            unjudged("durable::value_survives", "ignored", "not claimed: durable"),
        ]),
    )
}

fn report(name: &str, version: Option<&str>, claims: &[&str], cases: &Value) -> Report {
    let report = json!({
        "name": name, "version": version, "suite": "0.1.0", "claims": claims, "seed": 0x51f3, "cases": cases, "time": 3.25,
    });
    serde_json::from_value(report).expect("it is a report")
}

fn passed(name: &str, rule: &str) -> Value {
    json!({ "name": name, "rule": rule, "outcome": "passed", "time": 0.0015 })
}

/// A failure with a report of several lines, one of them long, and with all that a format could stumble over.
fn failed(name: &str, rule: &str, pattern: &str) -> Value {
    let sentence = "get 2 returned \"v\" (1 B), where put 1 had stored \"<i>v1</i>\" (2 B) and returned Ok";
    let report = format!(
        "{name} failed for `store`\n  rule {rule}\n  but  {sentence}\n\
         \x20 1  put  r14k…k (13 B)  \"<script>alert(1)</script>\" (25 B)  -> ok, 5.1 µs\n\
         > 2  get  r14k…k (13 B)  -> \"]]>\u{1b}[31m\0\u{202e} & ``` ````\" (18 B) from …nsTzqD, 14.4 µs, and this line is long enough to scroll\n\
         \x20 again: VALUE_STORE_SEED=0x51f3 cargo test store::{name} -- --exact"
    );
    let mut case = json!({ "name": name, "rule": rule, "outcome": "failed", "report": report, "time": 0.25 });
    if !pattern.is_empty() {
        case["sentence"] = json!(sentence);
        case["pattern"] = json!(pattern);
    }
    case
}

fn unjudged(name: &str, outcome: &str, reason: &str) -> Value {
    json!({ "name": name, "rule": "DUR-1: a rule", "outcome": outcome, "reason": reason, "time": 0 })
}
