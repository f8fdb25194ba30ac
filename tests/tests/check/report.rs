//! The report, as text, as Markdown and as JSON.

use std::collections::BTreeSet;
use std::time::Duration;

use value_store::conformance::{Outcome, Report, check};
use value_store_tests::printed::without_durations;
use value_store_tests::snapshot;

use crate::stores::{first_wins, memory};

/// A report with every kind of outcome, and without what differs from run to run.
fn report() -> Report {
    let check = check(first_wins).named("first | wins").seed(0x51f3).only("missing");
    let check = check.only("overwrite::second_put_wins").only("overwrite::never_reverts");
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

/// `check` and the attribute have the same cases, and give the same reasons for those that do not run.
#[test]
fn it_lists_what_cargo_test_lists() {
    let report = check(memory).run();
    let listed: BTreeSet<_> = report.cases.iter().map(|case| format!("{} ... {}", case.name, case.outcome)).collect();
    let expected = include_str!("../outside/snapshots/list_of_tests.txt").lines().map(str::to_owned).collect();
    let differences: Vec<_> = listed.symmetric_difference(&expected).collect();
    assert!(differences.is_empty(), "{differences:#?}");
}
