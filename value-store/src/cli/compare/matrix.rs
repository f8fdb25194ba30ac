//! What a comparison shows: implementations by families.

use std::cmp::Reverse;

use value_store::conformance::{Outcome, Report};

use super::changes::{Changes, changes};
use crate::output::family::{Family, Kind, Tally, families, is_not_claimed};
use crate::output::markup::anchor;

pub(super) struct Matrix<'a> {
    /// The names of the columns.
    pub(super) families: Vec<&'a str>,
    pub(super) rows: Vec<Row<'a>>,
    /// What has changed between two reports of one implementation.
    pub(super) changes: Vec<Changes<'a>>,
}

/// An implementation.
pub(super) struct Row<'a> {
    pub(super) report: &'a Report,
    /// The name and the version, and the version of the suite if not all reports have the same.
    pub(super) title: String,
    /// A word that no other row has, for links.
    pub(super) anchor: String,
    /// A cell for each column.
    pub(super) cells: Vec<Cell<'a>>,
}

/// What an implementation did in a family.
pub(super) struct Cell<'a> {
    pub(super) family: &'a str,
    pub(super) tally: Tally,
    /// Why cases were skipped or not judged, and how many for each reason.
    pub(super) reasons: Vec<(Kind, &'a str, usize)>,
}

impl<'a> Matrix<'a> {
    pub(super) fn of(reports: &'a [Report]) -> Self {
        let columns = columns(reports);
        let is_one_suite = reports.iter().all(|report| report.suite == reports[0].suite);
        let mut rows: Vec<Row<'a>> = Vec::new();
        for report in reports {
            let mut title = report.title();
            if !is_one_suite {
                title = format!("{title} (suite {})", report.suite);
            }
            let anchor = free_anchor(&rows, &title);
            rows.push(Row { report, title, anchor, cells: cells(report, &columns) });
        }
        Self { families: columns, rows, changes: changes(reports) }
    }

    /// What stands above the matrix.
    pub(super) fn headline(&self) -> String {
        let count = self.rows.len();
        let reports = if count == 1 { "1 report".to_owned() } else { format!("{count} reports") };
        let mut suites: Vec<_> = self.rows.iter().map(|row| row.report.suite.as_str()).collect();
        suites.sort_unstable();
        suites.dedup();
        match suites.as_slice() {
            [suite] => format!("{reports} of the suite value-store {suite}"),
            _ => format!("{reports} of different versions of the suite: value-store {}", suites.join(", ")),
        }
    }
}

/// Why cases failed as expected, were skipped or not judged, and where.
pub(super) struct Reason<'a> {
    pub(super) kind: Kind,
    pub(super) text: &'a str,
    /// The titles of the rows, each with how many cases of which family.
    pub(super) places: Vec<(&'a str, Vec<String>)>,
}

impl<'a> Matrix<'a> {
    /// Each reason once: many stores often have it in common.
    pub(super) fn reasons(&'a self) -> Vec<Reason<'a>> {
        let mut reasons: Vec<Reason<'a>> = Vec::new();
        for row in &self.rows {
            for cell in &row.cells {
                for (kind, text, count) in &cell.reasons {
                    let place = format!("{} {count}", cell.family);
                    add_reason(&mut reasons, (*kind, text), &row.title, place);
                }
            }
        }
        reasons
    }
}

fn add_reason<'a>(reasons: &mut Vec<Reason<'a>>, (kind, text): (Kind, &'a str), title: &'a str, place: String) {
    let known = reasons.iter().position(|reason| (reason.kind, reason.text) == (kind, text));
    let index = known.unwrap_or(reasons.len());
    if known.is_none() {
        reasons.push(Reason { kind, text, places: Vec::new() });
    }
    match reasons[index].places.last_mut().filter(|(row, _)| *row == title) {
        Some((_, families)) => families.push(place),
        None => reasons[index].places.push((title, vec![place])),
    }
}

/// The families in the order of the suite: that of the report that has the most of them, and then those that it has not.
fn columns(reports: &[Report]) -> Vec<&str> {
    let names = |report| families(report).iter().map(|family| family.name).collect::<Vec<_>>();
    let mut all: Vec<_> = reports.iter().map(|report| names(&report.cases)).collect();
    all.sort_by_key(|families| Reverse(families.len()));
    let mut columns = Vec::new();
    for family in all.into_iter().flatten() {
        if !columns.contains(&family) {
            columns.push(family);
        }
    }
    columns
}

fn cells<'a>(report: &'a Report, columns: &[&'a str]) -> Vec<Cell<'a>> {
    let families = families(&report.cases);
    let cell = |name: &&'a str| {
        let cases = families.iter().find(|family| family.name == *name);
        let tally = cases.map_or_else(Tally::default, |family| Tally::of(family.cases.iter().copied()));
        Cell { family: name, tally, reasons: cases.map_or_else(Vec::new, reasons) }
    };
    columns.iter().map(cell).collect()
}

fn reasons<'a>(family: &Family<'a>) -> Vec<(Kind, &'a str, usize)> {
    let mut reasons: Vec<(Kind, &str, usize)> = Vec::new();
    for case in &family.cases {
        let (kind, reason) = match &case.outcome {
            Outcome::Ignored { reason } if !is_not_claimed(reason) => (Kind::Skipped, reason),
            Outcome::NotJudged { reason } => (Kind::NotJudged, reason),
            Outcome::FailedAsExpected { reason, .. } => (Kind::Known, reason),
            _ => continue,
        };
        match reasons.iter_mut().find(|(other, text, _)| (*other, *text) == (kind, reason)) {
            Some((_, _, count)) => *count += 1,
            None => reasons.push((kind, reason, 1)),
        }
    }
    reasons
}

/// An anchor that no row has yet.
fn free_anchor(rows: &[Row<'_>], title: &str) -> String {
    let plain = anchor(title);
    let numbered = (2..).map(|number| format!("{plain}-{number}"));
    let mut candidates = std::iter::once(plain.clone()).chain(numbered);
    let is_free = |candidate: &String| rows.iter().all(|row| row.anchor != *candidate);
    candidates.find(is_free).unwrap_or(plain)
}

impl Cell<'_> {
    /// What matters most in this cell, or nothing if no case of the family is in the report.
    pub(super) fn kind(&self) -> Option<Kind> {
        self.tally.counts().into_iter().find(|(_, count)| *count > 0).map(|(kind, _)| kind)
    }

    /// The cell at a glance: `✕ 2/9`, and after it how many failed as expected and were not judged.
    pub(super) fn text(&self) -> String {
        let Tally { passed, failed, failed_as_expected, .. } = self.tally;
        let judged = self.tally.judged();
        let Some(first) = self.kind() else { return String::new() };
        let mut text = match first {
            Kind::Failed => format!("✕ {failed}/{judged}"),
            Kind::Known => format!("! {failed_as_expected}/{judged}"),
            Kind::Passed => format!("✓ {passed}"),
            Kind::NotClaimed => return first.sign().to_owned(),
            Kind::NotJudged | Kind::Skipped => String::new(),
        };
        let is_told = |kind| kind == Kind::Passed || kind == Kind::NotClaimed || (kind == first && !text.is_empty());
        let others = self.tally.counts().into_iter().filter(|(kind, count)| *count > 0 && !is_told(*kind));
        let others: Vec<_> = others.map(|(kind, count)| format!("{}{count}", kind.sign())).collect();
        if !others.is_empty() {
            text = [text].into_iter().filter(|text| !text.is_empty()).chain(others).collect::<Vec<_>>().join(" ");
        }
        text
    }

    /// The cell in words.
    pub(super) fn words(&self) -> String {
        let counts = self.tally.counts().into_iter().filter(|(_, count)| *count > 0);
        let words: Vec<_> = counts.map(|(kind, count)| format!("{count} {}", kind.words())).collect();
        if words.is_empty() { "not in the report".to_owned() } else { words.join(", ") }
    }
}

/// What the signs of the cells mean.
pub(super) const LEGEND: [(&str, &str); 7] = [
    ("✓ 9", "all 9 that were judged passed"),
    ("✕ 2/9", "2 of 9 failed"),
    ("! 2/9", "2 of 9 failed, as was expected"),
    ("?2", "2 not judged"),
    ("–2", "2 skipped"),
    ("·", "not claimed"),
    ("(blank)", "not in the report"),
];

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sample;

    fn cell(tally: Tally) -> String {
        Cell { family: "family", tally, reasons: Vec::new() }.text()
    }

    #[test]
    fn a_cell_says_the_worst_first_and_hides_nothing_that_was_asked_for() {
        let none = Tally::default();
        assert_eq!(cell(none), "");
        assert_eq!(cell(Tally { passed: 9, ..none }), "✓ 9");
        assert_eq!(cell(Tally { passed: 9, not_claimed: 2, ..none }), "✓ 9");
        assert_eq!(cell(Tally { passed: 9, not_judged: 1, skipped: 3, ..none }), "✓ 9 ?1 –3");
        assert_eq!(cell(Tally { passed: 7, failed: 2, ..none }), "✕ 2/9");
        assert_eq!(cell(Tally { passed: 6, failed: 2, failed_as_expected: 1, ..none }), "✕ 2/9 !1");
        assert_eq!(cell(Tally { passed: 6, failed_as_expected: 3, ..none }), "! 3/9");
        assert_eq!(cell(Tally { not_judged: 2, skipped: 1, ..none }), "?2 –1");
        assert_eq!(cell(Tally { skipped: 1, not_claimed: 1, ..none }), "–1");
        assert_eq!(cell(Tally { not_claimed: 4, ..none }), "·");
    }

    #[test]
    fn columns_are_in_the_order_of_the_fullest_report_and_none_is_missing() {
        let reports = [sample::good(), sample::bad()];
        let matrix = Matrix::of(&reports);
        let families = ["round_trip", "overwrite", "limits", "provenance", "durable", "shared"];
        assert_eq!(matrix.families, families);
        assert_eq!(matrix.rows[0].cells.iter().map(Cell::text).collect::<Vec<_>>(), ["✓ 1", "✓ 1", "", "", "·", ""]);
    }

    #[test]
    fn rows_have_anchors_of_their_own() {
        let reports = [sample::good(), sample::good(), sample::bad()];
        let anchors: Vec<_> = Matrix::of(&reports).rows.into_iter().map(|row| row.anchor).collect();
        assert_eq!(anchors, ["good", "good-2", "a--b-bad--b--store-0.2.0"]);
    }

    #[test]
    fn the_version_of_the_suite_is_in_each_row_only_if_they_differ() {
        let titles = |reports: &[Report]| Matrix::of(reports).rows.into_iter().map(|row| row.title).collect::<Vec<_>>();
        assert_eq!(titles(&[sample::good()]), ["good"]);
        assert_eq!(titles(&[sample::good(), sample::older()])[0], "good (suite 0.1.0)");
    }
}
