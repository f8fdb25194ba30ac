//! The list of the cases that fail on each mutant, which the tests write and a person reads.

use crate::mutant::Kill;

/// In this package. `UPDATE_SNAPSHOTS=1` writes it anew.
pub(crate) const FILE: &str = "mutants/failing_cases.txt";

/// A line for each mutant, in the order of the tables, with its failing cases in the order of the suite.
pub(crate) fn list(kills: &[Kill]) -> String {
    kills.iter().map(line).collect()
}

fn line(kill: &Kill) -> String {
    let failed: Vec<_> = kill.report.failed().map(|case| case.name.as_str()).collect();
    format!("{}: {}\n", kill.mutant.name, failed.join(", "))
}
