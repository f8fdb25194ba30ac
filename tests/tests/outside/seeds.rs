//! A fault that depends on the keys, and the seed from which they are drawn.

use crate::fixture::IMPLEMENTOR;
use crate::output::Outcome;

fn run(seed: &str) -> Outcome {
    IMPLEMENTOR.test_with_seed("seeds", "loses_one_key_in_seven", seed)
}

/// The cases that failed, each with the line of the call that is to blame.
fn failures(outcome: &Outcome) -> Vec<(String, String)> {
    let blamed = |case: &str| outcome.report(case).lines().find(|line| line.starts_with('>')).map(str::to_owned);
    outcome.failed().into_iter().map(|case| (case.to_owned(), blamed(case).expect("a call"))).collect()
}

#[test]
fn the_same_seed_fails_the_same_cases_at_the_same_keys() {
    let (one, other) = (failures(&run("0x5eed")), failures(&run("0x5eed")));
    assert!(!one.is_empty() && one == other, "{one:#?}\n{other:#?}");
}

#[test]
fn another_seed_draws_other_keys() {
    assert_ne!(failures(&run("1")), failures(&run("2")));
}

#[test]
fn a_seed_may_be_decimal() {
    assert_eq!(failures(&run("20979")), failures(&run("0x51f3")));
}

#[test]
fn the_report_says_how_to_run_a_case_again() {
    let outcome = run("0x5eed");
    let case = outcome.failed()[0].to_owned();
    let test = format!("cargo test loses_one_key_in_seven::{case} -- --exact");
    assert!(outcome.report(&case).contains(&format!("  again: VALUE_STORE_SEED=0x5eed {test}")));
}

#[test]
fn what_is_no_seed_is_said() {
    let outcome = run("0x51g3");
    assert_eq!(outcome.passed(), [""; 0]);
    outcome.expect_each_says("VALUE_STORE_SEED is `0x51g3`: give it the number from a report");
}
