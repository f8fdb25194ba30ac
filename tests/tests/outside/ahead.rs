//! On a store that is far away, cases begin before libtest asks for them, and nothing but the time tells the difference.

use std::collections::BTreeSet;
use std::num::NonZero;
use std::{fs, thread};

use crate::fixture::ASYNCHRONOUS;
use crate::output::Outcome;

/// What a run with these arguments ended with, and the name of the case that opened a store and how many had one, each time
/// that one did.
fn run(arguments: &[&str]) -> (Outcome, Vec<(String, usize)>) {
    let directory = tempfile::tempdir().unwrap();
    let log = directory.path().join("opened");
    let variables = [("OPENED", log.to_str().unwrap())];
    let outcome = ASYNCHRONOUS.test_selected("far", "far", arguments, &variables);
    let read = |line: &str| {
        let (case, cases) = line.split_once(' ').unwrap();
        (case.to_owned(), cases.parse().unwrap())
    };
    (outcome, fs::read_to_string(&log).unwrap().lines().map(read).collect())
}

fn at_once(opened: &[(String, usize)]) -> usize {
    opened.iter().map(|(_, cases)| *cases).max().unwrap()
}

#[test]
fn as_typed_more_cases_wait_at_the_same_time_than_there_are_cores() {
    let (outcome, opened) = run(&["far::"]);
    assert_eq!(outcome.failed(), [""; 0]);
    let cores = thread::available_parallelism().map_or(1, NonZero::get);
    // With many cores, libtest alone runs as many as there may be.
    assert!(cores > 16 || at_once(&opened) > cores + 1, "{} on {cores} cores", at_once(&opened));
    let begun: BTreeSet<_> = opened.iter().map(|(case, _)| case.as_str()).collect();
    let passed = outcome.passed();
    assert!(begun.iter().all(|case| passed.contains(case)), "{begun:?}");
}

#[test]
fn one_thread_is_one_case_at_a_time() {
    let (outcome, opened) = run(&["--test-threads=1", "far::at_rest", "far::round_trip::get"]);
    assert_eq!(outcome.failed(), [""; 0]);
    assert_eq!(at_once(&opened), 1);
}

#[test]
fn only_what_was_selected_begins_with_what_it_stands_on() {
    let (outcome, opened) = run(&["far::overwrite", "far::missing", "--skip", "far::overwrite::longer_value_is_whole"]);
    assert_eq!(outcome.failed(), [""; 0]);
    let begun: BTreeSet<_> = opened.iter().map(|(case, _)| case.as_str()).collect();
    // What the selected ones stand on is in other families.
    let others = ["at_rest", "cancellation", "model", "options", "provenance", "overwrite::longer_value_is_whole"];
    let unexpected: Vec<_> = begun.iter().filter(|case| others.iter().any(|other| case.starts_with(other))).collect();
    assert!(unexpected.is_empty(), "{unexpected:?}");
    assert!(begun.len() > 10, "{begun:?}");
}

#[test]
fn what_a_store_prints_is_shown_with_the_case_that_failed() {
    let outcome = ASYNCHRONOUS.test_selected("far", "far_and_wrong", &["far_and_wrong::"], &[]);
    let failed = outcome.failed();
    assert!(!failed.is_empty());
    for case in failed {
        assert!(
            outcome.report(case).contains("far_and_wrong was asked for a value"),
            "{case}: {}",
            outcome.report(case)
        );
    }
}
