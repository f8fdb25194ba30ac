//! Stores that panic.

use crate::fixture::{ASYNCHRONOUS, IMPLEMENTOR};
use crate::output::Outcome;

/// The cases that put nothing. The first would put while a get is under way, and here the get ends before that.
const WITHOUT_PUT: &[&str] = &[
    "concurrency::put_amid_a_miss",
    "missing::miss_answers_in_time",
    "missing::unknown_key_is_not_found",
    "options::missing_key_with_unknown_options",
    "timeouts::missing_key_in_time",
];

#[test]
fn a_put_that_panics() {
    let outcome = IMPLEMENTOR.test("panics", "put_panics");
    expect_every_put_to_fail(&outcome, "  but  the store panicked: the writer lost its head (at tests/panics.rs:");
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

fn expect_every_put_to_fail(outcome: &Outcome, sentence: &str) {
    assert_eq!(outcome.passed(), WITHOUT_PUT);
    outcome.expect_each_says(sentence);
}

#[test]
fn a_drop_that_panics_fails_every_case() {
    let outcome = IMPLEMENTOR.test("panics", "drop_panics");
    assert_eq!(outcome.passed(), [""; 0]);
    outcome.expect_each_says("  but  the store panicked when it was dropped: the last page could not be written (at");
}
