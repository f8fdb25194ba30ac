//! Stores that block for ever. Half of what these tests check is that they end.

use crate::fixture::IMPLEMENTOR;

#[test]
fn a_get_that_blocks_fails_every_case_and_is_named() {
    let outcome = IMPLEMENTOR.test_at_once("hangs", "get_blocks");
    assert_eq!(outcome.passed(), [""; 0]);
    outcome.expect_each_says(" had not returned ");
    for case in outcome.failed() {
        let report = outcome.report(case);
        let blamed = report.lines().find_map(|line| line.strip_prefix("  but  get ")?.split([' ', ',']).next());
        let blamed = blamed.unwrap_or_else(|| panic!("no get is to blame:\n{report}"));
        let mut pending = report.lines().filter(|line| line.contains(" -> has not returned"));
        let is_blamed = |line: &str| line.trim_start_matches('>').split_whitespace().next() == Some(blamed);
        assert!(pending.any(is_blamed), "get {blamed} is not shown:\n{report}");
    }
}

#[test]
fn a_call_that_outlives_its_timeout_is_told_as_that() {
    const CASE: &str = "missing::miss_answers_in_time";
    let anyway = [("VALUE_STORE_ANYWAY", "1")];
    let report = IMPLEMENTOR.test_case("hangs", "get_blocks", CASE, &anyway).report(CASE);
    let (said, marked) = ("  but  get 1, with a timeout of 400 ms, had not returned after ", "\n> 1  get ");
    assert!(report.contains(said) && report.contains(marked) && !report.contains("`deadline`"), "{report}");
}

#[test]
fn one_hang_costs_one_case() {
    let outcome = IMPLEMENTOR.test("hangs", "get_of_the_empty_key_blocks");
    outcome.expect_failed(&["key_identity::empty_key"]);
    outcome.expect_each_says("  but  get 4 had not returned when the deadline of 2 s had passed");
}

#[test]
fn a_drop_that_blocks_is_named() {
    let outcome = IMPLEMENTOR.test_at_once("hangs", "drop_blocks");
    assert_eq!(outcome.passed(), [""; 0]);
    outcome.expect_each_says("  but  dropping the store had not ended when the deadline of 2 s had passed");
}

#[test]
fn a_hang_can_be_expected() {
    let outcome = IMPLEMENTOR.test("hangs", "expected_to_block");
    outcome.expect_failed(&[]);
    let report = outcome.report("key_identity::empty_key");
    assert!(report.starts_with("failed as expected (the empty key blocks):\n"), "{report}");
}
