//! The cases of a family, and how many ended in which way.

use serde::Serialize;
use value_store::conformance::{CaseReport, Outcome};

/// A family of a report, with its cases.
pub(crate) struct Family<'a> {
    pub(crate) name: &'a str,
    pub(crate) cases: Vec<&'a CaseReport>,
}

/// The families in the order of their first cases.
pub(crate) fn families(cases: &[CaseReport]) -> Vec<Family<'_>> {
    let mut families: Vec<Family<'_>> = Vec::new();
    for case in cases {
        match families.iter_mut().find(|family| family.name == case.family()) {
            Some(family) => family.cases.push(case),
            None => families.push(Family { name: case.family(), cases: vec![case] }),
        }
    }
    families
}

/// How many cases ended in which way.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub(crate) struct Tally {
    pub(crate) passed: usize,
    pub(crate) failed: usize,
    pub(crate) failed_as_expected: usize,
    pub(crate) not_judged: usize,
    pub(crate) not_claimed: usize,
    pub(crate) skipped: usize,
}

impl Tally {
    pub(crate) fn of<'a>(cases: impl IntoIterator<Item = &'a CaseReport>) -> Self {
        let mut tally = Self::default();
        for case in cases {
            *tally.count_of(&case.outcome) += 1;
        }
        tally
    }

    fn count_of(&mut self, outcome: &Outcome) -> &mut usize {
        match outcome {
            Outcome::Passed => &mut self.passed,
            Outcome::Failed { .. } => &mut self.failed,
            Outcome::FailedAsExpected { .. } => &mut self.failed_as_expected,
            Outcome::Ignored { reason } if is_not_claimed(reason) => &mut self.not_claimed,
            Outcome::Ignored { .. } => &mut self.skipped,
            // The library may get outcomes that this file does not know yet.
            _ => &mut self.not_judged,
        }
    }

    /// The cases that passed or failed. A failure that was expected is one, too.
    pub(crate) fn judged(&self) -> usize {
        self.passed + self.failed + self.failed_as_expected
    }

    /// Each count with its name, the most important first.
    pub(crate) fn counts(&self) -> [(Kind, usize); 6] {
        [
            (Kind::Failed, self.failed),
            (Kind::Known, self.failed_as_expected),
            (Kind::Passed, self.passed),
            (Kind::NotJudged, self.not_judged),
            (Kind::Skipped, self.skipped),
            (Kind::NotClaimed, self.not_claimed),
        ]
    }
}

/// Whether a case was ignored because the store does not claim what it is about.
pub(crate) fn is_not_claimed(reason: &str) -> bool {
    reason.starts_with("not claimed: ")
}

/// What went wrong, in one sentence.
pub(crate) fn sentence(case: &CaseReport) -> String {
    match (&case.diagnosis, &case.ground) {
        (Some(diagnosis), _) => diagnosis.sentence.clone(),
        (None, Some(ground)) => format!("it stands on {ground}, which failed"),
        (None, None) => case.report().and_then(|report| report.lines().next()).unwrap_or_default().to_owned(),
    }
}

/// A way in which cases end, for people: each has a sign, so that no page relies on colour.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    Failed,
    Known,
    Passed,
    NotJudged,
    Skipped,
    NotClaimed,
}

impl Kind {
    pub(crate) fn of(outcome: &Outcome) -> Self {
        let mut tally = Tally::default();
        *tally.count_of(outcome) += 1;
        let counted = tally.counts().into_iter().find(|(_, count)| *count == 1);
        counted.map_or(Self::NotJudged, |(kind, _)| kind)
    }

    pub(crate) fn sign(self) -> &'static str {
        match self {
            Self::Failed => "✕",
            Self::Known => "!",
            Self::Passed => "✓",
            Self::NotJudged => "?",
            Self::Skipped => "–",
            Self::NotClaimed => "·",
        }
    }

    pub(crate) fn words(self) -> &'static str {
        match self {
            Self::Failed => "failed",
            Self::Known => "failed as expected",
            Self::Passed => "passed",
            Self::NotJudged => "not judged",
            Self::Skipped => "skipped",
            Self::NotClaimed => "not claimed",
        }
    }

    /// The class in pages of HTML.
    pub(crate) fn class(self) -> &'static str {
        match self {
            Self::Failed => "failed",
            Self::Known => "known",
            Self::Passed => "passed",
            Self::NotJudged | Self::Skipped | Self::NotClaimed => "unjudged",
        }
    }
}

#[cfg(test)]
mod tests {
    use value_store::conformance::check;
    use value_store::stores::MemoryStore;

    use super::*;

    #[test]
    fn what_the_library_calls_not_claimed_is_counted_as_that() {
        let check =
            check(async |_| MemoryStore::new()).only("round_trip::put_then_get").only("convergent").only("at_rest");
        let report = check.skip("at_rest", "it takes a while").run();
        let tally = Tally::of(&report.cases);
        let convergent = report.cases.iter().filter(|case| case.family() == "convergent").count();
        assert_eq!(tally, Tally { passed: 1, not_claimed: convergent, skipped: 1, ..Tally::default() }, "{report}");
        assert!(convergent > 0);
    }
}
