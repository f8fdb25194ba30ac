//! The report, as text, as Markdown and as JSON.

use std::time::Duration;

use value_store::conformance::{Check, Outcome, Report, check};
use value_store_tests::printed::without_durations;
use value_store_tests::snapshot;

use crate::stores::first_wins;

/// By their names and not by their families, to which others may be added.
const CASES: [&str; 9] = [
    "overwrite::second_put_wins",
    "overwrite::never_reverts",
    "missing::unknown_key_is_not_found",
    "missing::empty_is_not_missing",
    "missing::miss_then_put_then_get",
    "missing::miss_inserts_nothing",
    "missing::miss_answers_in_time",
    "missing::one_bit_off_is_missing",
    "missing::many_misses_then_usable",
];

/// A report with every kind of outcome, and without what differs from run to run.
fn report() -> Report {
    let check = check(first_wins).named("first | wins").seed(0x51f3);
    let check = CASES.into_iter().fold(check, Check::only);
    let check = check.skip("missing::one_bit_off_is_missing", "a reason with | and `code`");
    let mut report = check.expect_failure("overwrite::never_reverts", "it never overwrites").run();
    report.time = Duration::from_millis(12);
    for case in &mut report.cases {
        case.time = Duration::from_millis(1);
        if let Outcome::Failed { report } | Outcome::FailedAsExpected { report, .. } = &mut case.outcome {
            without_durations(report).trim_end().clone_into(report);
        }
    }
    report
}

#[test]
fn it_prints_a_list_and_the_reports_of_what_failed() {
    snapshot::expect("tests/check/snapshots/text.txt", &report().to_string());
}

#[test]
fn it_is_a_page_of_markdown() {
    snapshot::expect("tests/check/snapshots/page.md", &report().markdown());
}

#[test]
fn it_survives_json() {
    let report = report();
    let json = serde_json::to_string_pretty(&report).unwrap();
    snapshot::expect("tests/check/snapshots/report.json", &json);
    assert_eq!(serde_json::from_str::<Report>(&json).unwrap(), report);
}
