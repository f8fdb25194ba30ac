//! Stores that panic.

use crate::fixture::{ASYNCHRONOUS, IMPLEMENTOR};
use crate::output::Outcome;
use value_store_tests::snapshot;

#[test]
fn a_put_that_panics() {
    let outcome = IMPLEMENTOR.test("panics", "put_panics");
    expect_every_put_to_fail(&outcome, " panicked: the writer lost its head (at tests/panics.rs:");
}

#[test]
fn a_get_that_panics_after_two_puts_is_marked() {
    let report = IMPLEMENTOR.test("panics", "get_panics_after_two_puts").report("overwrite::second_put_wins");
    snapshot::expect("tests/outside/snapshots/whole_report_of_a_panic.txt", &report);
}

#[test]
fn a_put_that_panics_on_a_thread_of_its_own() {
    let outcome = IMPLEMENTOR.test("panics", "put_panics_on_a_thread");
    expect_every_put_to_fail(&outcome, "ended with Backend: the writer lost its head");
}

#[test]
fn a_put_that_panics_in_a_task() {
    let outcome = ASYNCHRONOUS.test("tasks", "panics_in_a_task");
    expect_every_put_to_fail(&outcome, "  panicked: the writer lost its head (at tests/tasks.rs:");
}

/// Only cases that put nothing may pass. `put_amid_a_miss` is among them: its get ends before it would put.
fn expect_every_put_to_fail(outcome: &Outcome, sentence: &str) {
    snapshot::expect("tests/outside/snapshots/put_panics.txt", &(outcome.passed().join("\n") + "\n"));
    outcome.expect_each_says(sentence);
}

#[test]
fn a_drop_that_panics_fails_every_case() {
    let outcome = IMPLEMENTOR.test("panics", "drop_panics");
    assert_eq!(outcome.passed(), [""; 0]);
    outcome.expect_each_says("  but  the store panicked when it was dropped: the last page could not be written (at");
}
