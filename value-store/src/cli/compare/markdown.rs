//! The matrix as a page of Markdown.

use std::fmt::Write as _;

use value_store::conformance::{CaseReport, Cause, Report};

use super::matrix::{Cell, LEGEND, Matrix, Row};
use crate::output::markup::visible;

pub(super) fn page(matrix: &Matrix<'_>) -> String {
    let mut page = format!("# Value stores compared\n\n{}.\n\n", text(&matrix.headline()));
    page += &table(matrix);
    let legend: Vec<_> = LEGEND.map(|(sign, meaning)| format!("{sign} {meaning}")).into();
    let _ = writeln!(page, "\n{}.", legend.join("; "));
    page += &reasons(matrix);
    page += &changes(matrix);
    page.extend(matrix.rows.iter().map(failures));
    page
}

fn table(matrix: &Matrix<'_>) -> String {
    let heads = matrix.families.iter().map(|family| text(family));
    let mut table = format!("| | {} |\n", heads.collect::<Vec<_>>().join(" | "));
    let _ = writeln!(table, "|---|{}", "---|".repeat(matrix.families.len()));
    for row in &matrix.rows {
        let cells: Vec<_> = row.cells.iter().map(Cell::text).collect();
        let _ = writeln!(table, "| {} | {} |", text(&row.title), cells.join(" | "));
    }
    table
}

fn reasons(matrix: &Matrix<'_>) -> String {
    let mut list = String::new();
    for reason in matrix.reasons() {
        let _ = writeln!(list, "- {}: {}", reason.kind.words(), text(reason.text));
        for (title, families) in reason.places {
            let _ = writeln!(list, "  - {}: {}", text(title), text(&families.join(", ")));
        }
    }
    if list.is_empty() { list } else { format!("\n## Known, not judged and skipped\n\n{list}") }
}

fn changes(matrix: &Matrix<'_>) -> String {
    let mut page = String::new();
    for changes in &matrix.changes {
        let _ = write!(page, "\n## What has changed {}\n\n", text(&changes.headline()));
        if changes.groups.is_empty() {
            page += "Nothing.\n";
        }
        for (change, cases) in &changes.groups {
            for case in cases {
                let reason = case.reason.map(|reason| format!(", {}", text(reason))).unwrap_or_default();
                let _ = writeln!(page, "- {}: `{}`{reason}", change.words(), case.name);
            }
        }
    }
    page
}

/// The causes of the failures of an implementation, each with the whole report of its first case.
fn failures(row: &Row<'_>) -> String {
    let causes = row.report.causes();
    if causes.is_empty() {
        return String::new();
    }
    let mut page = format!("\n## Failures of {}\n", text(&row.title));
    page.extend(causes.iter().enumerate().map(|(place, cause)| failure(row.report, place + 1, cause)));
    page
}

fn failure(report: &Report, number: usize, cause: &Cause) -> String {
    let cases: Vec<_> = cause.cases.iter().map(|case| format!("`{case}`")).collect();
    let others = cause.standing_on_them.len();
    let others = if others == 0 { String::new() } else { format!(", and {others} that stand on them") };
    let mut page = format!("\n### {number}. {}\n\n{}{others}\n", text(&cause.sentence), cases.join(", "));
    let first = report.cases.iter().find(|case| cause.cases.contains(&case.name)).and_then(CaseReport::report);
    if let Some(report) = first {
        let (report, fence) = (visible(report), fence(report));
        let _ = write!(page, "\n{fence}text\n{report}\n{fence}\n");
    }
    page
}

/// A code fence that is longer than any run of backticks in the text.
fn fence(text: &str) -> String {
    let longest = text.split(|char| char != '`').map(str::len).max().unwrap_or(0);
    "`".repeat(3.max(longest + 1))
}

/// Escapes the text, so that nothing in it is read as Markdown, in a table either.
fn text(text: &str) -> String {
    visible(text).lines().collect::<Vec<_>>().join(" ").chars().fold(String::new(), |mut escaped, char| {
        if "\\`*_[]<>|#&".contains(char) {
            escaped.push('\\');
        }
        escaped.push(char);
        escaped
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{sample, snapshot};

    #[test]
    fn the_page_is_that_of_the_snapshot() {
        let reports = [sample::older(), sample::bad(), sample::good()];
        snapshot::expect("compare/snapshot.md", &page(&Matrix::of(&reports)));
    }
}
