//! A store that is right.

use value_store::conformance::{Outcome, check};
use value_store::stores::MemoryStore;

use crate::fixture::{IMPLEMENTOR, RENAMED};

/// What `check` says of every case. `cargo test` has to list the same cases, and give the same reasons for those that do not
/// run.
fn list() -> String {
    let report = check(async |_| MemoryStore::new()).run();
    // libtest knows only tests that pass and fail.
    let ended = |outcome: &Outcome| match outcome {
        Outcome::NotJudged { .. } => Outcome::Passed.to_string(),
        outcome => outcome.to_string(),
    };
    let mut lines: Vec<_> =
        report.cases.iter().map(|case| format!("{} ... {}\n", case.name, ended(&case.outcome))).collect();
    lines.sort();
    lines.concat()
}

#[test]
fn a_right_store_passes_and_every_case_is_listed() {
    let outcome = IMPLEMENTOR.test("correct", "table");
    outcome.expect_failed(&[]);
    assert_eq!(outcome.list(), list());
}

#[test]
fn a_right_store_passes_with_any_seed() {
    IMPLEMENTOR.test_with_seed("correct", "table", "1").expect_failed(&[]);
}

#[test]
fn the_crate_may_have_another_name() {
    let outcome = RENAMED.test("renamed", "memory");
    outcome.expect_failed(&[]);
    assert_eq!(outcome.list(), list());
}
