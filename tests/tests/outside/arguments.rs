//! Cases that are skipped, ignored, or expected to fail.

use crate::fixture::IMPLEMENTOR;
use value_store_tests::snapshot;

#[test]
fn failures_that_are_expected_pass() {
    let outcome = IMPLEMENTOR.test("arguments", "refuses_options");
    outcome.expect_failed(&[]);
    let report = outcome.report("options::unknown_on_put");
    assert!(report.starts_with("failed as expected (options are refused):\n"), "{report}");
}

#[test]
fn an_expected_failure_that_is_gone_is_to_be_removed() {
    let outcome = IMPLEMENTOR.test("arguments", "is_better_than_expected");
    let failed = outcome.failed();
    assert_eq!(failed[0], "missing::empty_is_not_missing");
    assert!(failed.len() > 1 && failed[1..].iter().all(|case| case.starts_with("provenance::")), "{failed:?}");
    assert!(
        !outcome.passed().iter().any(|case| case.starts_with("provenance::")),
        "the whole family is expected to fail"
    );
    snapshot::expect(
        "tests/outside/snapshots/expected_failure_is_gone.txt",
        &outcome.report("missing::empty_is_not_missing"),
    );
    snapshot::expect(
        "tests/outside/snapshots/expected_failure_of_a_family_is_gone.txt",
        &outcome.report("provenance::from_per_key"),
    );
}

#[test]
fn what_is_skipped_is_listed_with_its_reason() {
    let outcome = IMPLEMENTOR.test("arguments", "skips");
    outcome.expect_failed(&[]);
    assert_eq!(outcome.ignored("factory::starts_empty"), Some("one table for all"));
    assert_eq!(outcome.ignored("factory::drop_finishes"), Some("one table for all"));
    assert_eq!(outcome.ignored("round_trip::many_puts_evict_nothing"), Some("too slow here"));
    assert_eq!(outcome.ignored("round_trip::put_then_get"), None);
    assert_eq!(outcome.ignored("durable::value_survives"), Some("not claimed: durable"));
}

#[test]
fn ignore_on_the_factory_holds_for_its_cases() {
    let outcome = IMPLEMENTOR.test("arguments", "ignored_as_a_whole");
    outcome.expect_failed(&[]);
    assert_eq!(outcome.passed(), [""; 0]);
    assert_eq!(outcome.ignored("round_trip::put_then_get"), Some("needs a server"));
    assert_eq!(outcome.ignored("factory::starts_empty"), Some("one table for all"));
    assert_eq!(outcome.ignored("durable::value_survives"), Some("not claimed: durable"));
}
