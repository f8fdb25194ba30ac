//! How a case ended.

use std::fmt;
use std::time::Duration;

use crate::conformance::suite::Case;

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

    pub(crate) fn ignored(case: &Case, reason: &str) -> Self {
        Self { outcome: Outcome::Ignored { reason: reason.to_owned() }, ..Self::of(case) }
    }

    /// The family and the name by itself.
    pub(crate) fn family(&self) -> &str {
        self.name.split_once("::").map_or(self.name.as_str(), |(family, _)| family)
    }

    /// What went wrong, whether or not it was expected.
    pub(crate) fn report(&self) -> Option<&str> {
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
