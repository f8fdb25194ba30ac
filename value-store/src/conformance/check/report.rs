//! The result of a run of the suite.

use std::fmt;
use std::time::Duration;

use super::staleness::Staleness;
use crate::conformance::judge::{CaseReport, Outcome};
use crate::conformance::report::duration;
use crate::conformance::session::Seed;

/// The result of a run of the suite, which [`Check::run`](super::Check::run) returns.
///
/// Its `Display` begins with the [causes](Self::causes) of what failed, lists the cases, and ends with the reports of those
/// that failed. [`markdown`](Self::markdown) makes a
/// scorecard of it. With serde it can be stored and read again; durations are in seconds there. The file `report.schema.json` of
/// this crate is a JSON schema of it, for readers in other languages.
///
/// ```
/// use value_store::conformance::{Report, check};
/// use value_store::stores::MemoryStore;
///
/// let report = check(async |_| MemoryStore::new()).only("round_trip::put_then_get").run();
///
/// let kept = serde_json::to_string(&report)?;
/// let report: Report = serde_json::from_str(&kept)?;
/// assert_eq!(report.passed().count(), 1);
/// # Ok::<_, serde_json::Error>(())
/// ```
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct Report {
    /// The name of the store.
    pub name: String,
    /// The version of the store, if it was given.
    pub version: Option<String>,
    /// The version of the suite: that of this crate.
    pub suite: String,
    /// What the store claims beyond the contract, in the words of the attribute.
    pub claims: Vec<String>,
    /// The seed of everything random.
    pub seed: u64,
    /// Each case of the suite, or only those that were asked for, in the order of the suite.
    pub cases: Vec<CaseReport>,
    /// How stale reads were, if [`Check::staleness`](super::Check::staleness) asked for it.
    pub staleness: Option<Staleness>,
    /// How long the whole run took.
    pub time: Duration,
}

impl Report {
    /// A report without cases, of this version of the suite.
    pub(super) fn of(name: &str) -> Self {
        Self {
            name: name.to_owned(),
            version: None,
            suite: env!("CARGO_PKG_VERSION").to_owned(),
            claims: Vec::new(),
            seed: 0,
            cases: Vec::new(),
            staleness: None,
            time: Duration::ZERO,
        }
    }

    /// Whether no case failed, except those that were expected to.
    #[must_use]
    pub fn is_success(&self) -> bool {
        self.failed().next().is_none()
    }

    /// The cases that passed.
    pub fn passed(&self) -> impl Iterator<Item = &CaseReport> {
        self.ended(|outcome| matches!(outcome, Outcome::Passed))
    }

    /// The cases that failed though nobody expected it, and those that passed though they were expected to fail.
    pub fn failed(&self) -> impl Iterator<Item = &CaseReport> {
        self.ended(|outcome| matches!(outcome, Outcome::Failed { .. }))
    }

    /// The cases that failed as expected.
    pub fn failed_as_expected(&self) -> impl Iterator<Item = &CaseReport> {
        self.ended(|outcome| matches!(outcome, Outcome::FailedAsExpected { .. }))
    }

    /// The cases that ran, and of which nothing can be said.
    pub fn not_judged(&self) -> impl Iterator<Item = &CaseReport> {
        self.ended(|outcome| matches!(outcome, Outcome::NotJudged { .. }))
    }

    /// The cases that did not run.
    pub fn ignored(&self) -> impl Iterator<Item = &CaseReport> {
        self.ended(|outcome| matches!(outcome, Outcome::Ignored { .. }))
    }

    fn ended(&self, how: fn(&Outcome) -> bool) -> impl Iterator<Item = &CaseReport> {
        self.cases.iter().filter(move |case| how(&case.outcome))
    }

    /// The name of the store, and its version if it has one.
    #[must_use]
    pub fn title(&self) -> String {
        let version = self.version.as_ref().map(|version| format!(" {version}"));
        self.name.clone() + version.as_deref().unwrap_or_default()
    }

    /// The counts of the cases, the time and the seed, in one line.
    #[must_use]
    pub fn summary(&self) -> String {
        let (passed, failed) = (self.passed().count(), self.failed().count());
        let (expected, ignored) = (self.failed_as_expected().count(), self.ignored().count());
        let expected = if expected == 0 { String::new() } else { format!("{expected} failed as expected, ") };
        let not_judged = self.not_judged().count();
        let not_judged = if not_judged == 0 { String::new() } else { format!("{not_judged} not judged, ") };
        let (time, seed) = (duration(self.time), Seed(self.seed));
        format!(
            "{passed} passed, {failed} failed, {expected}{not_judged}{ignored} ignored, in {time}, with seed {seed}"
        )
    }
}

impl fmt::Display for Report {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(causes) = self.causes_in_short() {
            writeln!(formatter, "{}: {causes}", self.name)?;
            self.causes()
                .iter()
                .enumerate()
                .try_for_each(|(place, cause)| writeln!(formatter, "{}. {cause}", place + 1))?;
            writeln!(formatter)?;
        }
        for case in &self.cases {
            write!(formatter, "{}::{} ... {}", self.name, case.name, case.outcome)?;
            case.ground.iter().try_for_each(|ground| write!(formatter, ", as it stands on {ground}"))?;
            let notes = case.notes.iter().filter(|_| case.report().is_none());
            notes.clone().try_for_each(|note| write!(formatter, "; {note}"))?;
            writeln!(formatter)?;
        }
        for report in self.cases.iter().filter(|case| case.ground.is_none()).filter_map(CaseReport::report) {
            writeln!(formatter, "\n{report}")?;
        }
        self.staleness.iter().try_for_each(|staleness| write!(formatter, "\n{}: {staleness}", self.name))?;
        write!(formatter, "\n{}: {}", self.name, self.summary())
    }
}
