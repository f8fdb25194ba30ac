//! A store with long errors.

use crate::fixture::IMPLEMENTOR;
use value_store_tests::snapshot;

#[test]
fn a_long_error_is_shown_in_full_once() {
    let report = IMPLEMENTOR.test("errors", "answers_with_a_page").report("overwrite::second_put_wins");
    snapshot::expect("tests/outside/snapshots/whole_report_with_a_long_error.txt", &report);
}
