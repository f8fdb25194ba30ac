//! What a case stands on: where that fails, the case is not run.

use std::num::NonZero;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use value_store::Context;
use value_store::conformance::{CaseReport, Outcome, Report, check};

use crate::stores::{blocks, first_wins};

const PUT_THEN_GET: &str = "round_trip::put_then_get";
const SECOND_PUT: &str = "overwrite::second_put_wins";
/// It stands on the second put.
const SMALLER: &str = "overwrite::lexicographically_smaller_replaces";

fn case<'a>(report: &'a Report, name: &str) -> &'a CaseReport {
    report.cases.iter().find(|case| case.name == name).unwrap_or_else(|| panic!("{name} is not in the report"))
}

fn text<'a>(report: &'a Report, name: &str) -> &'a str {
    match &case(report, name).outcome {
        Outcome::Failed { report } | Outcome::FailedAsExpected { report, .. } => report,
        outcome => panic!("{name}: {outcome}"),
    }
}

#[test]
fn where_its_ground_fails_a_case_fails_with_two_lines_that_name_it() {
    let report = check(first_wins).seed(0x51f3).only("overwrite").run();
    assert_eq!(case(&report, SECOND_PUT).ground, None);
    assert!(text(&report, SECOND_PUT).contains("  rule PUT-2"));
    assert_eq!(case(&report, SMALLER).ground.as_deref(), Some(SECOND_PUT));
    let [first, second] = text(&report, SMALLER).lines().collect::<Vec<_>>()[..] else { panic!("{report}") };
    assert!(first.ends_with("): it stands on overwrite::second_put_wins, which failed"), "{first}");
    let again = format!("  to judge it all the same: check(…).anyway().seed(0x51f3).only(\"{SMALLER}\").run()");
    assert_eq!(second, again);
}

#[test]
fn a_ground_that_is_not_asked_for_is_judged_all_the_same() {
    let report = check(first_wins).only(SMALLER).run();
    assert_eq!(report.cases.len(), 1);
    assert_eq!(case(&report, SMALLER).ground.as_deref(), Some(SECOND_PUT));
    assert_eq!(report.causes().len(), 1);
}

#[test]
fn a_case_can_be_judged_anyway() {
    let report = check(first_wins).only("overwrite").anyway().run();
    assert!(report.failed().all(|case| case.ground.is_none()));
    assert!(text(&report, SMALLER).contains("  rule PUT-2"));
}

/// Its author knows of the failure, and wants to hear of the others.
#[test]
fn what_is_skipped_or_expected_to_fail_is_no_ground() {
    let check = || check(first_wins).only("overwrite");
    for report in [check().skip(SECOND_PUT, "why").run(), check().expect_failure(SECOND_PUT, "why").run()] {
        assert_eq!(case(&report, SMALLER).ground, None);
    }
}

#[test]
fn a_case_without_ground_may_be_expected_to_fail() {
    let report = check(first_wins).only("overwrite").expect_failure(SMALLER, "why").run();
    assert!(matches!(case(&report, SMALLER).outcome, Outcome::FailedAsExpected { .. }));
}

#[test]
fn the_report_begins_with_the_causes() {
    let report = check(first_wins).named("first").only("overwrite").run();
    let causes = report.causes();
    assert_eq!(causes[0].cases[0], SECOND_PUT);
    assert!(causes[0].standing_on_them.iter().any(|case| case == SMALLER));
    let failed = report.failed().count();
    let first = format!("first: {} cause{}, {failed} cases\n", causes.len(), if causes.len() == 1 { "" } else { "s" });
    assert!(report.to_string().starts_with(&first), "{report}");
    assert!(report.markdown().contains(&first["first: ".len()..first.len() - 1]), "{}", report.markdown());
}

/// A case that hangs takes its whole deadline, so the others must not hang as well.
#[test]
fn a_store_that_hangs_on_every_call_hangs_in_two_cases() {
    let threads = NonZero::new(4).unwrap();
    let report = check(blocks).deadline(Duration::from_secs(2)).threads(threads).run();
    let hung: Vec<_> = report.failed().filter(|case| case.ground.is_none()).map(|case| case.name.as_str()).collect();
    assert_eq!(hung, [PUT_THEN_GET, "missing::unknown_key_is_not_found"], "{report}");
}

#[test]
fn a_ground_is_judged_once() {
    let opened = Arc::new(AtomicUsize::new(0));
    let count = Arc::clone(&opened);
    let factory = async move |_: &'static Context| {
        count.fetch_add(1, Ordering::SeqCst);
        Err::<value_store::stores::MemoryStore, _>("it cannot be opened")
    };
    let report = check(factory).run();
    assert!(report.failed().count() > 100);
    // Each of the two simplest cases is run once, and made smaller in one more run at most.
    assert!(opened.load(Ordering::SeqCst) <= 4, "{opened:?}");
}
