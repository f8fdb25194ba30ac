//! The kill matrix: which case fails on which mutant.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;

use crate::kill::Kill;

/// A row for each mutant, and a column for each case that ran. `#` is the case that is there for the fault,
/// and `x` any other that failed.
pub(crate) fn matrix(kills: &[Kill]) -> String {
    let cases = columns(kills);
    let mut matrix = String::new();
    for (number, case) in cases.iter().enumerate() {
        let caught = kills.iter().filter(|kill| kill.failed().contains(case)).count();
        let _ = writeln!(matrix, "{number:4}  {case}: {caught}");
    }
    let width = kills.iter().map(|kill| kill.mutant.name.len()).max().unwrap_or(0);
    for digit in [100, 10, 1] {
        let ruler: String = (0..cases.len()).map(|number| (number / digit % 10).to_string()).collect();
        let _ = writeln!(matrix, "{:width$}  {ruler}", "");
    }
    for kill in kills {
        let failed = kill.failed();
        let mark = |case: &&str| match failed.contains(case) {
            true if kill.mutant.case == *case => '#',
            true => 'x',
            false => '.',
        };
        let row: String = cases.iter().map(mark).collect();
        let _ = writeln!(matrix, "{:width$}  {row}", kill.mutant.name);
    }
    matrix + &totals(kills, cases.len())
}

/// The cases that ran on any of the mutants, in the order of the suite.
pub(crate) fn columns(kills: &[Kill]) -> Vec<&str> {
    let ran: BTreeSet<_> = kills.iter().flat_map(Kill::ran).collect();
    let all = kills.first().into_iter().flat_map(|kill| &kill.report.cases);
    all.map(|case| case.name.as_str()).filter(|case| ran.contains(case)).collect()
}

fn totals(kills: &[Kill], cases: usize) -> String {
    let killed = kills.iter().filter(|kill| !kill.failed().is_empty()).count();
    let failures: usize = kills.iter().map(|kill| kill.failed().len()).sum();
    let mut by_size: BTreeMap<usize, usize> = BTreeMap::new();
    for kill in kills {
        *by_size.entry(kill.failed().len()).or_default() += 1;
    }
    let alone = by_size.get(&1).copied().unwrap_or(0);
    format!(
        "{killed} of {} mutants killed by {cases} cases, {failures} failures, {alone} mutants killed by one case alone\n",
        kills.len()
    )
}
