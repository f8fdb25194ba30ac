//! A store that is right.

use crate::fixture::{IMPLEMENTOR, RENAMED};
use value_store_tests::snapshot;

#[test]
fn a_right_store_passes_and_every_case_is_listed() {
    let outcome = IMPLEMENTOR.test("correct", "table");
    outcome.expect_failed(&[]);
    snapshot::expect("tests/outside/snapshots/list_of_tests.txt", &outcome.list());
}

#[test]
fn a_right_store_passes_with_any_seed() {
    IMPLEMENTOR.test_with_seed("correct", "table", "1").expect_failed(&[]);
}

#[test]
fn the_crate_may_have_another_name() {
    let outcome = RENAMED.test("renamed", "memory");
    outcome.expect_failed(&[]);
    snapshot::expect("tests/outside/snapshots/list_of_tests.txt", &outcome.list());
}
