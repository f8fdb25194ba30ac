//! The report and the outcome of a case.

use std::fmt;
use std::time::Duration;

use crate::conformance::suite::Case;

/// A case and how it ended.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct CaseReport {
    /// The family and the name of the case: `overwrite::second_put_wins`.
    pub name: String,
    /// The id of the rule, and what the store must do in this case.
    pub rule: String,
    /// How the case ended.
    pub outcome: Outcome,
    /// The case that failed, and without which nothing can be said of this one. This one was not run then.
    pub ground: Option<String>,
    /// What went wrong, if the case failed on its own.
    pub diagnosis: Option<Diagnosis>,
    /// Notes that a person should read even if the case passed.
    pub notes: Vec<String>,
    /// How long the case took.
    pub time: Duration,
}

/// What went wrong in a case.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Diagnosis {
    /// What went wrong, in one sentence.
    pub sentence: String,
    /// The calls that show it, without names and numbers: it is the same for failures of one cause.
    pub pattern: String,
}

/// How a case ended.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Outcome {
    /// The store did what the rule asks.
    Passed,
    /// The store broke the rule, or it kept the rule in a case that was expected to fail.
    Failed {
        /// What went wrong, with the calls that led there.
        report: String,
    },
    /// The store broke the rule, as was expected.
    FailedAsExpected {
        /// Why the failure was expected.
        reason: String,
        /// What went wrong, with the calls that led there.
        report: String,
    },
    /// The case ran to its end, and nothing can be said: the machine was overloaded, or the factory gives nothing to judge by.
    NotJudged {
        /// Why not.
        reason: String,
    },
    /// The case did not run.
    Ignored {
        /// Why not.
        reason: String,
    },
}

impl CaseReport {
    /// A report to begin with: nothing has gone wrong yet.
    pub(crate) fn of(case: &Case) -> Self {
        Self {
            name: case.path.to_owned(),
            rule: case.rule.to_owned(),
            outcome: Outcome::Passed,
            ground: None,
            diagnosis: None,
            notes: Vec::new(),
            time: Duration::ZERO,
        }
    }

    pub(crate) fn ignored(case: &Case, reason: &str) -> Self {
        Self { outcome: Outcome::Ignored { reason: reason.to_owned() }, ..Self::of(case) }
    }

    /// The family of the case: `overwrite`.
    #[must_use]
    pub fn family(&self) -> &str {
        self.name.split_once("::").map_or(self.name.as_str(), |(family, _)| family)
    }

    /// What went wrong, whether or not the failure was expected.
    #[must_use]
    pub fn report(&self) -> Option<&str> {
        match &self.outcome {
            Outcome::Failed { report } | Outcome::FailedAsExpected { report, .. } => Some(report),
            Outcome::Passed | Outcome::NotJudged { .. } | Outcome::Ignored { .. } => None,
        }
    }
}

/// The outcome in a few words.
impl fmt::Display for Outcome {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Passed => formatter.write_str("ok"),
            Self::Failed { .. } => formatter.write_str("FAILED"),
            Self::FailedAsExpected { reason, .. } => write!(formatter, "failed as expected, {reason}"),
            Self::NotJudged { reason } => write!(formatter, "not judged, {reason}"),
            Self::Ignored { reason } => write!(formatter, "ignored, {reason}"),
        }
    }
}
