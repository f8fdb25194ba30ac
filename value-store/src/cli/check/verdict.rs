//! What a person reads at the end of a check: the report of each cause, then all causes, then the counts.

use std::fmt::Write as _;

use value_store::conformance::{Outcome, Report};

pub(super) fn of(report: &Report) -> String {
    let mut text = String::new();
    let causes = report.causes();
    for cause in &causes {
        // With `--only`, the case that is at fault may not be in the report, but those that stand on it are.
        let mut names = cause.cases.iter().chain(&cause.standing_on_them);
        let first = names.find_map(|name| report.cases.iter().find(|case| case.name == *name));
        if let Some(failed) = first.and_then(|case| case.report()) {
            let _ = writeln!(text, "\n{failed}");
        }
    }
    if !causes.is_empty() {
        let _ = writeln!(text);
    }
    for (place, cause) in causes.iter().enumerate() {
        let _ = writeln!(text, "{}. {cause}", place + 1);
    }
    for case in &report.cases {
        if let Outcome::NotJudged { reason } = &case.outcome {
            let _ = writeln!(text, "{} was not judged: {reason}", case.name);
        }
    }
    text += &ignored(report);
    if let Some(staleness) = &report.staleness {
        let _ = writeln!(text, "\n{staleness}");
    }
    let _ = writeln!(text, "\n{}: {}", report.title(), report.summary());
    text
}

/// A line for each reason to ignore cases, but for claims that were not made.
fn ignored(report: &Report) -> String {
    let mut counts: Vec<(&str, usize)> = Vec::new();
    for case in &report.cases {
        let Outcome::Ignored { reason } = &case.outcome else { continue };
        match counts.iter_mut().find(|(counted, _)| counted == reason) {
            Some((_, count)) => *count += 1,
            None => counts.push((reason, 1)),
        }
    }
    counts.retain(|(reason, _)| !reason.starts_with("not claimed: "));
    let lines: Vec<_> = counts.into_iter().map(|(reason, count)| format!("{count} ignored: {reason}\n")).collect();
    lines.concat()
}
