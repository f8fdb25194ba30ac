//! A report as a page of Markdown.

use std::fmt::Write as _;

use super::report::Report;
use crate::conformance::judge::{CaseReport, Outcome};

impl Report {
    /// The report as a page of Markdown: the counts of each family, the reports of what failed, and every case.
    #[must_use]
    pub fn markdown(&self) -> String {
        let mut page = format!("# {}\n\n{}.\n\n", text(&self.title()), self.summary());
        page.extend(self.staleness.iter().map(|staleness| format!("{}\n\n", text(&staleness.to_string()))));
        page += &causes(self);
        page += &families(self);
        let failed: String = self.cases.iter().filter(|case| case.ground.is_none()).filter_map(failure).collect();
        if !failed.is_empty() {
            page += "\n## Failures\n";
            page += &failed;
        }
        page += "\n## Cases\n\n| case | rule | |\n|---|---|---|\n";
        page.extend(self.cases.iter().map(row));
        page
    }
}

fn causes(report: &Report) -> String {
    let Some(in_short) = report.causes_in_short() else { return String::new() };
    let causes = report.causes().into_iter().map(|cause| {
        let cases: Vec<_> = cause.cases.iter().map(|case| format!("`{case}`")).collect();
        let others = cause.standing_on_them.len();
        let others = if others == 0 { String::new() } else { format!(", and {others} that stand on them") };
        format!("1. {}: {}{others}\n", text(&cause.sentence), cases.join(", "))
    });
    format!("{in_short}:\n\n{}\n", causes.collect::<String>())
}

/// A table of how many cases of each family passed, failed and were ignored.
fn families(report: &Report) -> String {
    let mut table = "| family | passed | failed | not judged | ignored |\n|---|--:|--:|--:|--:|\n".to_owned();
    for cases in report.cases.chunk_by(|one, next| one.family() == next.family()) {
        let count = |how: fn(&Outcome) -> bool| cases.iter().filter(|case| how(&case.outcome)).count();
        let passed = count(|outcome| matches!(outcome, Outcome::Passed));
        let ignored = count(|outcome| matches!(outcome, Outcome::Ignored { .. }));
        let not_judged = count(|outcome| matches!(outcome, Outcome::NotJudged { .. }));
        let failed = cases.len() - passed - not_judged - ignored;
        let _ = writeln!(table, "| {} | {passed} | {failed} | {not_judged} | {ignored} |", cases[0].family());
    }
    table
}

fn failure(case: &CaseReport) -> Option<String> {
    let report = case.report()?;
    let fence = fence(report);
    Some(format!("\n### {}\n\n{fence}text\n{report}\n{fence}\n", case.name))
}

/// A code fence that is longer than any run of backticks in the text.
fn fence(text: &str) -> String {
    let longest = text.split(|char| char != '`').map(str::len).max().unwrap_or(0);
    "`".repeat(3.max(longest + 1))
}

fn row(case: &CaseReport) -> String {
    format!("| `{}` | {} | {} |\n", case.name, text(&case.rule), text(&case.outcome.to_string()))
}

/// Escapes the text, so that nothing in it is read as Markdown, in a table either.
fn text(text: &str) -> String {
    text.lines().collect::<Vec<_>>().join(" ").chars().fold(String::new(), |mut escaped, char| {
        if "\\`*_[]<>|#&".contains(char) {
            escaped.push('\\');
        }
        escaped.push(char);
        escaped
    })
}
