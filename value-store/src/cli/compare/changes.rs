//! What has changed between two reports of one implementation.

use serde::Serialize;
use value_store::conformance::{CaseReport, Outcome, Report};

/// What has changed from one report of an implementation to the next.
pub(super) struct Changes<'a> {
    pub(super) earlier: &'a Report,
    pub(super) later: &'a Report,
    /// The cases that changed, in the order of the suite, by how they did.
    pub(super) groups: Vec<(Change, Vec<Changed<'a>>)>,
}

/// A case that changed.
pub(super) struct Changed<'a> {
    pub(super) name: &'a str,
    /// What the report says that is not judged, if it says so: why.
    pub(super) reason: Option<&'a str>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum Change {
    NewlyFailing,
    NewlyPassing,
    NewlyJudgedFailing,
    NewlyJudgedPassing,
    NoLongerJudged,
}

impl Change {
    const ALL: [Self; 5] = [
        Self::NewlyFailing,
        Self::NewlyJudgedFailing,
        Self::NoLongerJudged,
        Self::NewlyPassing,
        Self::NewlyJudgedPassing,
    ];

    pub(super) fn words(self) -> &'static str {
        match self {
            Self::NewlyFailing => "newly failing",
            Self::NewlyPassing => "newly passing",
            Self::NewlyJudgedFailing => "newly judged, failing",
            Self::NewlyJudgedPassing => "newly judged, passing",
            Self::NoLongerJudged => "no longer judged",
        }
    }

    fn between(earlier: Verdict, later: Verdict) -> Option<Self> {
        match (earlier, later) {
            (Verdict::Passed, Verdict::Failed) => Some(Self::NewlyFailing),
            (Verdict::Failed, Verdict::Passed) => Some(Self::NewlyPassing),
            (Verdict::None, Verdict::Failed) => Some(Self::NewlyJudgedFailing),
            (Verdict::None, Verdict::Passed) => Some(Self::NewlyJudgedPassing),
            (Verdict::Passed | Verdict::Failed, Verdict::None) => Some(Self::NoLongerJudged),
            _ => None,
        }
    }
}

/// What a report says about a case. Whether a failure was expected is not a matter of the implementation.
#[derive(Clone, Copy)]
enum Verdict {
    Passed,
    Failed,
    None,
}

impl Verdict {
    fn of(case: Option<&CaseReport>) -> Self {
        match case.map(|case| &case.outcome) {
            Some(Outcome::Passed) => Self::Passed,
            Some(Outcome::Failed { .. } | Outcome::FailedAsExpected { .. }) => Self::Failed,
            _ => Self::None,
        }
    }
}

/// The changes from each report to the next of the same implementation.
pub(super) fn changes(reports: &[Report]) -> Vec<Changes<'_>> {
    let pairs = reports.iter().enumerate().filter_map(|(place, earlier)| {
        let later = reports[place + 1..].iter().find(|later| later.name == earlier.name)?;
        Some(Changes { earlier, later, groups: groups(earlier, later) })
    });
    pairs.collect()
}

fn groups<'a>(earlier: &'a Report, later: &'a Report) -> Vec<(Change, Vec<Changed<'a>>)> {
    let gone = earlier.cases.iter().filter(|case| find(later, &case.name).is_none());
    let names: Vec<_> = later.cases.iter().chain(gone).map(|case| case.name.as_str()).collect();
    let group = |change| {
        let is_such = |name: &&&str| {
            let [before, after] = [earlier, later].map(|report| Verdict::of(find(report, name)));
            Change::between(before, after) == Some(change)
        };
        let changed = |name: &&'a str| Changed { name, reason: reason(find(later, name)) };
        (change, names.iter().filter(is_such).map(changed).collect::<Vec<_>>())
    };
    Change::ALL.map(group).into_iter().filter(|(_, cases)| !cases.is_empty()).collect()
}

fn find<'a>(report: &'a Report, name: &str) -> Option<&'a CaseReport> {
    report.cases.iter().find(|case| case.name == name)
}

/// Why there is no verdict on a case.
fn reason(case: Option<&CaseReport>) -> Option<&str> {
    match case.map(|case| &case.outcome) {
        Some(Outcome::Ignored { reason } | Outcome::NotJudged { reason }) => Some(reason),
        Some(_) => None,
        None => Some("not in the report"),
    }
}

impl Changes<'_> {
    /// The implementation and the two versions.
    pub(super) fn headline(&self) -> String {
        let [from, to] = [self.earlier, self.later].map(Report::title);
        if self.earlier.suite == self.later.suite {
            return format!("from {from} to {to}");
        }
        format!("from {from} (suite {}) to {to} (suite {})", self.earlier.suite, self.later.suite)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sample;

    fn told(reports: &[Report]) -> Vec<String> {
        let groups = changes(reports).into_iter().flat_map(|changes| changes.groups);
        let lines = groups.flat_map(|(change, cases)| {
            cases.into_iter().map(move |case| {
                let reason = case.reason.map(|reason| format!(": {reason}")).unwrap_or_default();
                format!("{}: {}{reason}", change.words(), case.name)
            })
        });
        lines.collect()
    }

    #[test]
    fn each_case_that_changed_is_told_once() {
        let expected = [
            "newly failing: round_trip::many_keys",
            "newly judged, failing: overwrite::many_keys",
            "newly judged, failing: overwrite::never_reverts",
            "newly judged, failing: limits::value_over_the_limit",
            "no longer judged: provenance::from_is_a_member: the factory names no members",
            "no longer judged: durable::value_survives: a restart takes an hour | here",
            "newly passing: round_trip::get_repeats",
            "newly judged, passing: limits::longest_key",
            "newly judged, passing: durable::value_survives_twice",
        ];
        assert_eq!(told(&[sample::older(), sample::bad()]), expected);
    }

    #[test]
    fn a_case_that_is_gone_is_no_longer_judged() {
        let (earlier, mut later) = (sample::good(), sample::good());
        later.cases.remove(0);
        assert_eq!(told(&[earlier, later]), ["no longer judged: round_trip::put_then_get: not in the report"]);
    }

    #[test]
    fn each_report_is_compared_with_the_next_of_its_implementation() {
        assert!(changes(&[sample::good(), sample::bad()]).is_empty());
        let reports = [sample::older(), sample::good(), sample::bad(), sample::bad()];
        let changes = changes(&reports);
        let headlines: Vec<_> = changes.iter().map(Changes::headline).collect();
        let bad = "a <b>bad</b> store";
        assert_eq!(
            headlines,
            [
                format!("from {bad} 0.1.0 (suite 0.0.9) to {bad} 0.2.0 (suite 0.1.0)"),
                format!("from {bad} 0.2.0 to {bad} 0.2.0")
            ]
        );
        assert!(changes[1].groups.is_empty());
    }
}
