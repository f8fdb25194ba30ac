//! A report as a page of Markdown.

use std::fmt::Write as _;

use super::report::Report;
use crate::conformance::judge::{CaseReport, Outcome};

impl Report {
    /// The report as a page of Markdown: the counts of each family, the reports of what failed, and every case.
    #[must_use]
    pub fn markdown(&self) -> String {
        let mut page = format!("# {}\n\n{}.\n\n", text(&self.name), self.summary());
        page += &families(self);
        let failed: String = self.cases.iter().filter_map(failure).collect();
        if !failed.is_empty() {
            page += "\n## Failures\n";
            page += &failed;
        }
        page += "\n## Cases\n\n| case | rule | |\n|---|---|---|\n";
        page.extend(self.cases.iter().map(row));
        page
    }
}

/// A table of how many cases of each family passed, failed and were ignored.
fn families(report: &Report) -> String {
    let mut table = "| family | passed | failed | ignored |\n|---|--:|--:|--:|\n".to_owned();
    for cases in report.cases.chunk_by(|one, next| one.family() == next.family()) {
        let count = |how: fn(&Outcome) -> bool| cases.iter().filter(|case| how(&case.outcome)).count();
        let passed = count(|outcome| matches!(outcome, Outcome::Passed));
        let ignored = count(|outcome| matches!(outcome, Outcome::Ignored { .. }));
        let failed = cases.len() - passed - ignored;
        let _ = writeln!(table, "| {} | {passed} | {failed} | {ignored} |", cases[0].family());
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
