//! The runtime that the attribute asks for.

use crate::fixture::ASYNCHRONOUS;

#[test]
fn a_case_runs_on_one_thread() {
    ASYNCHRONOUS.test("runtimes", "one_thread").expect_failed(&[]);
}

#[test]
fn a_case_runs_on_so_many_threads_as_are_asked_for() {
    ASYNCHRONOUS.test("runtimes", "three_threads").expect_failed(&[]);
}

/// Thousands of calls, an hour each.
#[test]
fn a_paused_clock_passes_over_hours() {
    ASYNCHRONOUS.test("runtimes", "an_hour_a_call").expect_failed(&[]);
}
