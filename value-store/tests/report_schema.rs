//! `report.schema.json` describes the reports that the suite writes, and refuses others.

use std::sync::{LazyLock, Mutex};

use jsonschema::Validator;
use serde_json::{Value, json};
use value_store::conformance::{Check, check};
use value_store::stores::MemoryStore;
use value_store::{Bytes, Error, GetValueResult, Options, ValueStore, async_trait};

static SCHEMA: LazyLock<Validator> = LazyLock::new(|| {
    let schema: Value = serde_json::from_str(include_str!("../report.schema.json")).expect("the schema is JSON");
    jsonschema::draft202012::meta::validate(&schema).expect("it is a schema");
    jsonschema::draft202012::new(&schema).expect("it is a schema")
});

/// A store that keeps only the first bytes of a value.
struct Cut(MemoryStore);

#[async_trait]
impl ValueStore for Cut {
    async fn put(&self, key: &[u8], value: Bytes, options: &Options) -> Result<(), Error> {
        self.0.put(key, value.slice(..value.len().min(2)), options).await
    }

    async fn get(&self, key: &[u8], options: &Options) -> Result<GetValueResult, Error> {
        self.0.get(key, options).await
    }
}

/// A report in which cases have ended in every way.
fn every_outcome() -> Value {
    static REPORT: Mutex<Option<Value>> = Mutex::new(None);
    let mut report = REPORT.lock().unwrap();
    report
        .get_or_insert_with(|| {
            let of_cut = check(async |_| Cut(MemoryStore::new())).named("cut").version("1.0.0").seed(u64::MAX);
            let families = ["round_trip", "overwrite", "missing", "provenance", "shared"];
            let of_cut = families.into_iter().fold(of_cut, Check::only);
            let of_cut = of_cut.expect_failure("round_trip::many_keys_each_their_own", "it is known");
            let mut report = serde_json::to_value(of_cut.run()).expect("it is written as JSON");
            // Of a store that returns nothing of what was put, nobody asks how stale it is.
            let measured = check(async |_| MemoryStore::new()).only("at_rest").staleness().run();
            report["staleness"] = serde_json::to_value(measured.staleness).expect("it is written as JSON");
            report
        })
        .clone()
}

/// The index of the first case that ended so, and has this property.
fn case(report: &Value, outcome: &str, property: &str) -> usize {
    let cases = report["cases"].as_array().expect("the cases");
    let place = cases.iter().position(|case| case["outcome"] == outcome && !case[property].is_null());
    place.unwrap_or_else(|| panic!("no case is {outcome} with {property}: {report:#}"))
}

fn refuses(report: &Value, why: &str) {
    assert!(!SCHEMA.is_valid(report), "the schema takes a report {why}");
}

#[test]
fn reports_are_as_the_schema_says() {
    let report = every_outcome();
    for (outcome, property) in [
        ("passed", "name"),
        ("failed", "sentence"),
        ("failed", "ground"),
        ("failed_as_expected", "reason"),
        ("not_judged", "reason"),
        ("ignored", "reason"),
    ] {
        case(&report, outcome, property);
    }
    let errors: Vec<_> =
        SCHEMA.iter_errors(&report).map(|error| format!("{}: {error}", error.instance_path())).collect();
    assert!(errors.is_empty(), "{errors:#?}");
    let nothing = serde_json::to_value(check(async |_| MemoryStore::new()).only("at_rest").run()).unwrap();
    assert!(SCHEMA.is_valid(&nothing));
}

#[test]
fn a_report_that_lacks_a_property_is_refused() {
    for property in ["name", "version", "suite", "claims", "seed", "causes", "cases", "time"] {
        let mut report = every_outcome();
        report.as_object_mut().unwrap().remove(property);
        refuses(&report, &format!("without {property}"));
    }
    for property in ["sentence", "cases", "standing_on_them"] {
        let mut report = every_outcome();
        report["causes"][0].as_object_mut().unwrap().remove(property);
        refuses(&report, &format!("with a cause without {property}"));
    }
    for property in ["sentence", "handles", "gets", "stale", "longest_behind", "arrival", "waited", "trouble"] {
        let mut report = every_outcome();
        report["staleness"].as_object_mut().expect("it was measured").remove(property);
        refuses(&report, &format!("with a staleness without {property}"));
    }
    for (outcome, property) in [
        ("passed", "name"),
        ("passed", "rule"),
        ("passed", "outcome"),
        ("passed", "time"),
        ("failed", "report"),
        ("failed", "sentence"),
        ("failed", "pattern"),
        ("failed_as_expected", "report"),
        ("failed_as_expected", "reason"),
        ("not_judged", "reason"),
        ("ignored", "reason"),
    ] {
        let mut report = every_outcome();
        let case = case(&report, outcome, property);
        report["cases"][case].as_object_mut().unwrap().remove(property);
        refuses(&report, &format!("with a case that is {outcome} without {property}"));
    }
}

#[test]
fn a_report_with_a_property_of_another_kind_is_refused() {
    for (property, value) in [
        ("name", json!(1)),
        ("version", json!(1.0)),
        ("suite", json!(null)),
        ("claims", json!("durable")),
        ("claims", json!([1])),
        ("seed", json!("0x51f3")),
        ("seed", json!(-1)),
        ("causes", json!({})),
        ("causes", json!([1])),
        ("cases", json!({})),
        ("cases", json!(["round_trip::put_then_get"])),
        ("time", json!("3 s")),
        ("time", json!(-1)),
    ] {
        let mut report = every_outcome();
        report[property] = value;
        refuses(&report, &format!("with {property} = {}", report[property]));
    }
    for (property, value) in [
        ("stale", json!(-1)),
        ("gets", json!("all")),
        ("longest_behind", json!("1 s")),
        ("arrival", json!({ "median": 1 })),
        ("trouble", json!(1)),
    ] {
        let mut report = every_outcome();
        report["staleness"][property] = value;
        refuses(&report, &format!("with a staleness with another {property}"));
    }
    for (property, value) in [
        ("sentence", json!(null)),
        ("cases", json!([])),
        ("cases", json!(["a case"])),
        ("standing_on_them", json!(["a case"])),
    ] {
        let mut report = every_outcome();
        report["causes"][0][property] = value;
        refuses(&report, &format!("with a cause with another {property}"));
    }
}

#[test]
fn a_report_with_a_case_that_contradicts_itself_is_refused() {
    for (outcome, property, value) in [
        ("passed", "name", json!("no family")),
        ("passed", "rule", json!("a rule without an id")),
        ("passed", "outcome", json!("Passed")),
        ("passed", "time", json!(-0.1)),
        ("passed", "notes", json!("a note")),
        ("passed", "notes", json!([1])),
        ("passed", "report", json!("it passed, though")),
        ("passed", "reason", json!("it passed, though")),
        ("passed", "ground", json!("round_trip::put_then_get")),
        ("not_judged", "report", json!("it was not judged, though")),
        ("ignored", "sentence", json!("it did not run, though")),
        ("ignored", "pattern", json!("put; get")),
        ("failed", "report", json!(["a line", "another"])),
        ("failed", "reason", json!("nobody expected it, though")),
        ("failed", "ground", json!(3)),
        ("failed", "sentence", json!(3)),
        ("failed", "pattern", json!(3)),
        ("ignored", "reason", json!(3)),
    ] {
        let mut report = every_outcome();
        let case = case(&report, outcome, "name");
        report["cases"][case][property] = value;
        refuses(
            &report,
            &format!("with a case that is {outcome} with {property} = {}", report["cases"][case][property]),
        );
    }
}

#[test]
fn properties_of_later_versions_are_taken() {
    let mut report = every_outcome();
    report["of"] = json!("later");
    report["cases"][0]["of"] = json!("later");
    report["staleness"]["of"] = json!("later");
    report["causes"][0]["of"] = json!("later");
    assert!(SCHEMA.is_valid(&report));
}
