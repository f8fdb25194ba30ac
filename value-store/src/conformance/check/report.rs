//! How the cases of a run ended.

use std::fmt;
use std::time::Duration;

use super::markdown;
use crate::conformance::report::duration;
use crate::conformance::seed::Seed;
use crate::conformance::suite::Case;

/// How a store did: what [`Check::run`](super::Check::run) returns.
///
/// It prints as a list of the cases with the reports of those that failed, [`markdown`](Self::markdown) is a scorecard, and
/// serde keeps all of it. Durations are seconds there.
///
/// ```
/// use value_store::conformance::{Report, check};
/// use value_store::stores::MemoryStore;
///
/// let report = check(async |_| MemoryStore::new()).only("round_trip").run();
///
/// let kept = serde_json::to_string(&report)?;
/// let report: Report = serde_json::from_str(&kept)?;
/// assert_eq!(report.passed().count(), 5);
/// # Ok::<_, serde_json::Error>(())
/// ```
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct Report {
    /// What the store was called.
    pub name: String,
    /// What everything random came from.
    pub seed: u64,
    /// Each case of the suite, or of the part of it that was asked for, in the order of the suite.
    pub cases: Vec<CaseReport>,
    /// What all of it took.
    pub time: Duration,
}

/// How a case ended.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct CaseReport {
    /// The family and the name: `overwrite::second_put_wins`.
    pub name: String,
    /// The id of the rule, and what it asks of the store here.
    pub rule: String,
    /// How it ended.
    pub outcome: Outcome,
    /// What a person should know of it even if it passed.
    pub notes: Vec<String>,
    /// What it took.
    pub time: Duration,
}

/// How a case ended.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Outcome {
    /// The store did what the rule asks.
    Passed,
    /// It did not, or it did and was expected not to.
    Failed {
        /// What went wrong, with the calls that led there.
        report: String,
    },
    /// It did not, as was expected.
    FailedAsExpected {
        /// Why that was expected.
        reason: String,
        /// What went wrong, with the calls that led there.
        report: String,
    },
    /// The case did not run.
    Ignored {
        /// Why not.
        reason: String,
    },
}

impl Report {
    /// Whether no case failed that was not expected to.
    #[must_use]
    pub fn is_success(&self) -> bool {
        self.failed().next().is_none()
    }

    /// The cases that passed.
    pub fn passed(&self) -> impl Iterator<Item = &CaseReport> {
        self.ended(|outcome| matches!(outcome, Outcome::Passed))
    }

    /// The cases that failed, and were not expected to; and those that were expected to, and passed.
    pub fn failed(&self) -> impl Iterator<Item = &CaseReport> {
        self.ended(|outcome| matches!(outcome, Outcome::Failed { .. }))
    }

    /// The cases that failed as expected.
    pub fn failed_as_expected(&self) -> impl Iterator<Item = &CaseReport> {
        self.ended(|outcome| matches!(outcome, Outcome::FailedAsExpected { .. }))
    }

    /// The cases that did not run.
    pub fn ignored(&self) -> impl Iterator<Item = &CaseReport> {
        self.ended(|outcome| matches!(outcome, Outcome::Ignored { .. }))
    }

    /// The report as a page of Markdown: the counts of each family, the reports of what failed, and every case.
    #[must_use]
    pub fn markdown(&self) -> String {
        markdown::page(self)
    }

    fn ended(&self, how: fn(&Outcome) -> bool) -> impl Iterator<Item = &CaseReport> {
        self.cases.iter().filter(move |case| how(&case.outcome))
    }

    /// The counts, in one line.
    pub(super) fn summary(&self) -> String {
        let (passed, failed) = (self.passed().count(), self.failed().count());
        let (expected, ignored) = (self.failed_as_expected().count(), self.ignored().count());
        let expected = if expected == 0 { String::new() } else { format!("{expected} failed as expected, ") };
        let (time, seed) = (duration(self.time), Seed(self.seed));
        format!("{passed} passed, {failed} failed, {expected}{ignored} ignored, in {time}, with seed {seed}")
    }
}

impl CaseReport {
    /// A case that has not ended any way yet.
    pub(crate) fn of(case: &Case) -> Self {
        Self {
            name: case.path.to_owned(),
            rule: case.rule.to_owned(),
            outcome: Outcome::Passed,
            notes: Vec::new(),
            time: Duration::ZERO,
        }
    }

    pub(super) fn ignored(case: &Case, reason: &str) -> Self {
        Self { outcome: Outcome::Ignored { reason: reason.to_owned() }, ..Self::of(case) }
    }

    /// The family and the name by itself.
    pub(super) fn family(&self) -> &str {
        self.name.split_once("::").map_or(self.name.as_str(), |(family, _)| family)
    }

    /// What went wrong, whether or not it was expected.
    pub(super) fn report(&self) -> Option<&str> {
        match &self.outcome {
            Outcome::Failed { report } | Outcome::FailedAsExpected { report, .. } => Some(report),
            Outcome::Passed | Outcome::Ignored { .. } => None,
        }
    }
}

/// How it ended, in a few words.
impl fmt::Display for Outcome {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Passed => formatter.write_str("ok"),
            Self::Failed { .. } => formatter.write_str("FAILED"),
            Self::FailedAsExpected { reason, .. } => write!(formatter, "failed as expected, {reason}"),
            Self::Ignored { reason } => write!(formatter, "ignored, {reason}"),
        }
    }
}

impl fmt::Display for Report {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        for case in &self.cases {
            write!(formatter, "{}::{} ... {}", self.name, case.name, case.outcome)?;
            let notes = case.notes.iter().filter(|_| case.report().is_none());
            notes.clone().try_for_each(|note| write!(formatter, "; {note}"))?;
            writeln!(formatter)?;
        }
        for report in self.cases.iter().filter_map(CaseReport::report) {
            writeln!(formatter, "\n{report}")?;
        }
        write!(formatter, "\n{}: {}", self.name, self.summary())
    }
}
