//! A fault, what it has to be caught by, and what catches it.

use std::collections::BTreeSet;
use std::num::NonZero;
use std::time::Duration;

use value_store::conformance::{Claim, Outcome, Report};

use crate::store::{Steps, suite};

/// A right store with one fault.
#[derive(Clone)]
pub(crate) struct Mutant {
    pub(crate) name: &'static str,
    /// All cases that fail, and no other may: first the one that is there for this fault, then those that cannot help it.
    /// A family stands for all its cases that run.
    pub(crate) fails: &'static [&'static str],
    /// What the report of the first of them says.
    pub(crate) says: &'static str,
    pub(crate) steps: Steps,
}

/// A line of the tables of mutants.
pub(crate) const fn mutant(
    name: &'static str,
    fails: &'static [&'static str],
    says: &'static str,
    steps: Steps,
) -> Mutant {
    Mutant { name, fails, says, steps }
}

/// What the suite said of a mutant.
pub(crate) struct Kill {
    pub(crate) mutant: Mutant,
    claims: &'static [Claim],
    skipped: Vec<&'static str>,
    pub(crate) report: Report,
}

/// What everything random comes from, so that a fault that depends on a key fails the same cases each time.
pub(crate) const SEED: u64 = 0x51f3;

/// Long enough for cases to make all of their calls on a busy machine: they stop repeating when a tenth of it has passed.
const DEADLINE: Duration = Duration::from_secs(40);

/// Mutants wait more than they work.
const CASES_AT_A_TIME: NonZero<usize> = NonZero::new(6).unwrap();

pub(crate) fn judge(steps: Steps, claims: &[Claim], skipped: &[&str]) -> Report {
    let check = suite(steps, claims).named("mutant").deadline(DEADLINE).seed(SEED).threads(CASES_AT_A_TIME);
    skipped.iter().fold(check, |check, case| check.skip(case, "chance has a part in it")).run()
}

impl Kill {
    pub(crate) fn of(mutant: Mutant, claims: &'static [Claim], skipped: Vec<&'static str>) -> Self {
        Self { report: judge(mutant.steps, claims, &skipped), mutant, claims, skipped }
    }

    pub(crate) fn again(self) -> Self {
        Self::of(self.mutant, self.claims, self.skipped)
    }

    pub(crate) fn failed(&self) -> BTreeSet<&str> {
        self.report.failed().map(|case| case.name.as_str()).collect()
    }

    /// The cases that ran, in the order of the suite.
    pub(crate) fn ran(&self) -> impl Iterator<Item = &str> {
        let ran = self.report.cases.iter().filter(|case| !matches!(case.outcome, Outcome::Ignored { .. }));
        ran.map(|case| case.name.as_str())
    }

    fn declared(&self) -> BTreeSet<&str> {
        let stands_for = |declared: &str, case: &str| {
            case == declared || case.split_once("::").is_some_and(|(family, _)| family == declared)
        };
        let of_the_suite = self.mutant.fails.iter().flat_map(|declared| {
            let before = self.ran().filter(|case| stands_for(declared, case));
            before.chain(self.ran().all(|case| !stands_for(declared, case)).then_some(*declared))
        });
        of_the_suite.collect()
    }

    /// What is wrong with the case that is there for the fault, if anything: that it passed, or what it says.
    pub(crate) fn missed(&self) -> Option<String> {
        let Mutant { name, fails, says, .. } = &self.mutant;
        match self.first_report() {
            None => Some(format!("{name}: not caught by {:?}, but by {:?}", fails.first(), self.failed())),
            Some(report) => (!report.contains(says)).then(|| format!("{name}: does not say {says:?}:\n{report}")),
        }
    }

    /// How the cases that failed differ from those that the mutant declares, if they do.
    pub(crate) fn difference(&self) -> Option<String> {
        let (declared, failed) = (self.declared(), self.failed());
        let missed: Vec<_> = declared.difference(&failed).collect();
        let blamed: Vec<_> = failed.difference(&declared).collect();
        let name = self.mutant.name;
        (!missed.is_empty() || !blamed.is_empty()).then(|| {
            format!("{name}: should have failed and did not: {missed:?}; failed and should not have: {blamed:?}")
        })
    }

    /// What is said of each failure, under the name of the mutant.
    pub(crate) fn reports(&self) -> impl Iterator<Item = String> {
        self.report.failed().filter_map(|case| match &case.outcome {
            Outcome::Failed { report } => Some(format!("== {}\n{report}\n", self.mutant.name)),
            _ => None,
        })
    }

    /// The report of the case that is there for the fault.
    pub(crate) fn first_report(&self) -> Option<&str> {
        let first = self.mutant.fails.first()?;
        let mut cases = self.report.cases.iter().filter(|case| case.name == *first);
        cases.find_map(|case| match &case.outcome {
            Outcome::Failed { report } => Some(report.as_str()),
            _ => None,
        })
    }
}
