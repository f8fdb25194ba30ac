//! What the suite says of a mutant.

use std::num::NonZero;
use std::time::Duration;

use value_store::conformance::{CaseReport, Claim, Outcome, Report};

use crate::Table;
use crate::mutant::Mutant;
use crate::store::{Steps, suite};

/// A mutant, and the report of the suite on it.
pub(crate) struct Kill {
    pub(crate) mutant: Mutant,
    table: &'static Table,
    pub(crate) report: Report,
}

/// What everything random comes from, so that a fault that depends on a key fails the same cases each time.
const SEED: u64 = 0x51f3;

/// Long enough for cases to make all of their calls on a busy machine: they stop repeating when a tenth of it has passed.
const DEADLINE: Duration = Duration::from_secs(40);

/// Many more than there are cores, since a case that hangs waits until the deadline, and some mutants hang in fifty cases.
const CASES_AT_A_TIME: NonZero<usize> = NonZero::new(32).unwrap();

pub(crate) fn judge(steps: Steps, claims: &[Claim], skipped: &[&[&str]]) -> Report {
    let check = suite(steps, claims).named("mutant").deadline(DEADLINE).seed(SEED).threads(CASES_AT_A_TIME);
    skipped.iter().copied().flatten().fold(check, |check, case| check.skip(case, "chance has a part in it")).run()
}

impl Kill {
    pub(crate) fn of(table: &'static Table, mutant: Mutant) -> Self {
        Self { mutant, table, report: judge(mutant.steps, table.claims, table.skipped) }
    }

    pub(crate) fn again(&self) -> Self {
        Self::of(self.table, self.mutant)
    }

    /// The cases that failed and have a full report, in the order of the suite. The others stand on these.
    pub(crate) fn failed(&self) -> Vec<&str> {
        let failed = self.report.failed().filter(|case| case.ground.is_none());
        failed.map(|case| case.name.as_str()).collect()
    }

    /// The cases that ran, in the order of the suite.
    pub(crate) fn ran(&self) -> impl Iterator<Item = &str> {
        let ran = self.report.cases.iter().filter(|case| !matches!(case.outcome, Outcome::Ignored { .. }));
        ran.map(|case| case.name.as_str())
    }

    /// What is wrong with the case that is there for the fault, if anything: that it passed, or what it says.
    pub(crate) fn missed(&self) -> Option<String> {
        let Mutant { name, case, says, .. } = self.mutant;
        match self.report_of(case) {
            None => Some(format!("{name}: not caught by {case:?}, but by {:?}", self.failed())),
            Some(report) => (!report.contains(says)).then(|| format!("{name}: does not say {says:?}:\n{report}")),
        }
    }

    fn report_of(&self, name: &str) -> Option<&str> {
        self.report.failed().find(|case| case.name == name && case.ground.is_none()).and_then(report)
    }

    /// What is said of each failure, under the name of the mutant.
    pub(crate) fn reports(&self) -> impl Iterator<Item = String> {
        self.report
            .failed()
            .filter(|case| case.ground.is_none())
            .filter_map(report)
            .map(|report| format!("== {}\n{report}\n", self.mutant.name))
    }
}

fn report(case: &CaseReport) -> Option<&str> {
    match &case.outcome {
        Outcome::Failed { report } => Some(report),
        _ => None,
    }
}
