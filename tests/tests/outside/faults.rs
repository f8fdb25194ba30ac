//! Stores with one fault each: which cases they fail, and what those say.

use crate::fixture::IMPLEMENTOR;
use value_store_tests::printed::in_readme;
use value_store_tests::snapshot;

/// Expects a store to fail exactly the cases that `snapshots/<factory>.txt` lists, and the report of the case `telling` to
/// begin as it does there.
///
/// Cases in which calls overlap are left out: whether they fail depends on the machine.
fn check(factory: &str, telling: &str) {
    let outcome = IMPLEMENTOR.test("faults", factory);
    let failed = outcome.failed().into_iter().filter(|case| !case.starts_with("concurrency::"));
    let report = outcome.report(telling);
    let lines: Vec<_> =
        failed.chain(["", "The first lines of one report:", ""]).chain(report.lines().take(4)).collect();
    snapshot::expect(&format!("tests/outside/snapshots/{factory}.txt"), &(lines.join("\n") + "\n"));
}

#[test]
fn first_write_wins() {
    check("first_write_wins", "overwrite::second_put_wins");
}

#[test]
fn tail_stays() {
    check("tail_stays", "overwrite::shorter_value_leaves_no_tail");
}

#[test]
fn cut_at_nul() {
    check("cut_at_nul", "value_fidelity::nul_and_line_ends");
}

#[test]
fn keys_in_lower_case() {
    check("keys_in_lower_case", "key_identity::letter_case");
}

#[test]
fn unknown_options_rejected() {
    check("unknown_options_rejected", "options::unknown_on_put");
}

#[test]
fn miss_is_empty() {
    check("miss_is_empty", "missing::unknown_key_is_not_found");
}

#[test]
fn a_whole_report() {
    let outcome = IMPLEMENTOR.test("faults", "tail_stays");
    let report = outcome.report("overwrite::shorter_value_leaves_no_tail");
    snapshot::expect("tests/outside/snapshots/whole_report.txt", &report);
    assert_eq!(in_readme("overwrite::shorter_value_leaves_no_tail"), report, "the README shows another report");
}
