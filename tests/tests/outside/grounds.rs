//! A case whose ground fails is not run, and each ground is judged once a run.

use std::fs;

use crate::fixture::IMPLEMENTOR;

#[test]
fn what_stands_on_a_failure_names_it_and_says_how_to_run_it_all_the_same() {
    let outcome = IMPLEMENTOR.test("grounds", "never_stores");
    assert_eq!(outcome.failed(), ["round_trip::put_then_get"]);
    let report = outcome.report("overwrite::second_put_wins");
    let lines: Vec<_> = report.lines().collect();
    assert_eq!(lines.len(), 2, "{report}");
    assert_eq!(outcome.ground("overwrite::second_put_wins"), Some("round_trip::put_then_get"));
    let command =
        "VALUE_STORE_ANYWAY=1 VALUE_STORE_SEED=0x51f3 cargo test never_stores::overwrite::second_put_wins -- --exact";
    assert!(lines[1].ends_with(command), "{report}");
}

#[test]
fn a_case_is_run_all_the_same_if_the_environment_says_so() {
    let variables = [("VALUE_STORE_ANYWAY", "1")];
    let outcome = IMPLEMENTOR.test_case("grounds", "never_stores", "overwrite::second_put_wins", &variables);
    assert_eq!(outcome.failed(), ["overwrite::second_put_wins"]);
}

/// As `cargo nextest` runs tests: in a process for each, which all know the name of the run.
#[test]
fn among_the_processes_of_a_run_a_ground_is_judged_once() {
    let directory = tempfile::tempdir().unwrap();
    let log = directory.path().join("opened");
    let run = format!("run-{}", std::process::id());
    let variables = [("OPENED", log.to_str().unwrap()), ("NEXTEST_RUN_ID", &run)];
    let opened = |case: &str| {
        let before = fs::read_to_string(&log).unwrap_or_default().lines().count();
        let outcome = IMPLEMENTOR.test_case("grounds", "never_stores", case, &variables);
        (outcome.failed().len(), fs::read_to_string(&log).unwrap_or_default().lines().count() - before)
    };
    let (failed, times) = opened("overwrite::second_put_wins");
    assert!(failed == 0 && times > 0, "its ground is judged for it");
    assert_eq!(opened("overwrite::longer_value_is_whole"), (0, 0), "the ground was judged");
    assert_eq!(opened("round_trip::put_then_get"), (1, 0), "and its report is the one of that time");
}
