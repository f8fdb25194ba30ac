//! The causes behind the failures of a report.

use std::collections::HashMap;
use std::fmt;

use super::report::Report;
use crate::conformance::judge::CaseReport;

/// Failures that likely have one cause: the same calls show them, or they stand on one another.
///
/// Its `Display` is the sentence and the cases, on two lines.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Cause {
    /// What went wrong, as the report of the first case says.
    pub sentence: String,
    /// The cases that failed so, in the order of the suite. Each has a report of its own.
    pub cases: Vec<String>,
    /// The cases that were not run, since they stand on one of these.
    pub standing_on_them: Vec<String>,
}

impl Report {
    /// The causes of the failures, the most basic first: those that the fewest calls show.
    ///
    /// It is a guess that failures which the same calls show have one cause. A case that passed though it was expected to fail
    /// is a cause of its own.
    #[must_use]
    pub fn causes(&self) -> Vec<Cause> {
        let mut causes: Vec<(usize, Cause)> = Vec::new();
        let mut by_pattern: HashMap<&str, usize> = HashMap::new();
        for case in self.failed() {
            let Some(diagnosis) = &case.diagnosis else { continue };
            let place = *by_pattern.entry(&diagnosis.pattern).or_insert(causes.len());
            if place == causes.len() {
                let calls = diagnosis.pattern.split("; ").count();
                let sentence = diagnosis.sentence.clone();
                causes.push((calls, Cause { sentence, cases: Vec::new(), standing_on_them: Vec::new() }));
            }
            causes[place].1.cases.push(case.name.clone());
        }
        for (case, ground) in self.failed().filter_map(|case| Some((case, case.ground.as_ref()?))) {
            let cause = causes.iter_mut().find(|(_, cause)| cause.cases.contains(ground));
            match cause {
                Some((_, cause)) => cause.standing_on_them.push(case.name.clone()),
                None => causes.push((usize::MAX, of_a_ground(ground, case))),
            }
        }
        causes.sort_by_key(|(calls, _)| *calls);
        causes.into_iter().map(|(_, cause)| cause).collect()
    }

    /// The number of causes and of cases that failed, if any did.
    pub(super) fn causes_in_short(&self) -> Option<String> {
        let (causes, failed) = (self.causes(), self.failed().count());
        let plural = |count: usize, one: &str| format!("{count} {one}{}", if count == 1 { "" } else { "s" });
        (!causes.is_empty()).then(|| format!("{}, {}", plural(causes.len(), "cause"), plural(failed, "case")))
    }
}

/// The ground is not in the report, since only some cases were asked for.
fn of_a_ground(ground: &str, case: &CaseReport) -> Cause {
    let sentence = format!("{ground} failed");
    Cause { sentence, cases: vec![ground.to_owned()], standing_on_them: vec![case.name.clone()] }
}

impl fmt::Display for Cause {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{}\n  {}", self.sentence, self.cases.join(", "))?;
        match self.standing_on_them.len() {
            0 => Ok(()),
            1 => write!(formatter, ", and 1 that stands on them"),
            count => write!(formatter, ", and {count} that stand on them"),
        }
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;
    use crate::conformance::judge::{Diagnosis, Outcome};

    fn failed(name: &str, pattern: &str) -> CaseReport {
        let diagnosis = Some(Diagnosis { sentence: format!("{name} is wrong"), pattern: pattern.to_owned() });
        let outcome = Outcome::Failed { report: String::new() };
        let (name, rule) = (name.to_owned(), String::new());
        CaseReport { name, rule, outcome, ground: None, diagnosis, notes: Vec::new(), time: Duration::ZERO }
    }

    fn stands_on(ground: &str, name: &str) -> CaseReport {
        CaseReport { ground: Some(ground.to_owned()), diagnosis: None, ..failed(name, "") }
    }

    fn causes(cases: Vec<CaseReport>) -> Vec<String> {
        let report = Report { cases, ..Report::of("store") };
        report.causes().iter().map(Cause::to_string).collect()
    }

    #[test]
    fn failures_that_the_same_calls_show_are_one_cause_and_the_fewest_calls_come_first() {
        let cases = vec![failed("f::a", "put; get; get"), failed("f::b", "put; get"), failed("f::c", "put; get; get")];
        assert_eq!(causes(cases), ["f::b is wrong\n  f::b", "f::a is wrong\n  f::a, f::c"]);
    }

    #[test]
    fn what_stands_on_a_failure_belongs_to_its_cause() {
        let cases = vec![failed("f::a", "put"), stands_on("f::a", "f::b"), stands_on("f::x", "f::c")];
        let of_x = "f::x failed\n  f::x, and 1 that stands on them";
        assert_eq!(causes(cases), ["f::a is wrong\n  f::a, and 1 that stands on them", of_x]);
    }

    #[test]
    fn a_report_without_failures_has_no_causes() {
        let passed = CaseReport { outcome: Outcome::Passed, diagnosis: None, ..failed("f::a", "") };
        assert!(causes(vec![passed]).is_empty());
    }
}
