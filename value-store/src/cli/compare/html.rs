//! The matrix as one page of HTML, with all failures.

use std::fmt::Write as _;

use value_store::conformance::{CaseReport, Cause, Outcome, Report};

use super::matrix::{Cell, LEGEND, Matrix, Row};
use crate::output::family::{Kind, Tally, sentence};
use crate::output::markup::{Text, anchor};
use crate::output::page::{self, Links};

pub(super) fn page(matrix: &Matrix<'_>) -> String {
    let mut body = format!(
        "<header>\n<h1>Value stores compared</h1>\n<p class=\"subject\">{}</p>\n</header>\n<main>\n",
        Text(&matrix.headline())
    );
    body += &table(matrix);
    body += &changes(matrix);
    body.extend(matrix.rows.iter().map(implementation));
    body += "</main>\n";
    page::page("Value stores compared", &body)
}

fn table(matrix: &Matrix<'_>) -> String {
    let heads = matrix.families.iter().map(|family| format!("<th scope=\"col\"><span>{}</span></th>", Text(family)));
    let heads: String = heads.collect();
    let mut table = format!(
        "<section aria-labelledby=\"matrix\">\n<h2 id=\"matrix\">Families</h2>\n\
         <div class=\"scroll\" tabindex=\"0\" role=\"region\" aria-labelledby=\"matrix\">\n<table class=\"matrix\">\n\
         <thead><tr><th scope=\"col\">implementation</th>{heads}</tr></thead>\n<tbody>\n"
    );
    for row in &matrix.rows {
        let _ = write!(table, "<tr><th scope=\"row\"><a href=\"#{}\">{}</a></th>", row.anchor, Text(&row.title));
        table.extend(row.cells.iter().map(|cell| table_cell(row, cell)));
        table += "</tr>\n";
    }
    table += "</tbody>\n</table>\n</div>\n<ul class=\"legend\">";
    table.extend(LEGEND.iter().map(|(sign, meaning)| format!("<li><strong>{sign}</strong> {meaning}</li>")));
    table + "</ul>\n</section>\n"
}

fn table_cell(row: &Row<'_>, cell: &Cell<'_>) -> String {
    let Some(kind) = cell.kind() else { return "<td></td>".to_owned() };
    let (class, text, words) = (kind.class(), cell.text(), cell.words());
    if !has_details(cell) {
        return format!("<td class=\"{class}\" title=\"{words}\">{text}</td>");
    }
    let id = id(row, cell);
    format!("<td class=\"{class}\"><a href=\"#{id}\" title=\"{words}\">{text}</a></td>")
}

/// Whether there is more to say of the family than the cell does.
fn has_details(cell: &Cell<'_>) -> bool {
    cell.tally.failed > 0 || !cell.reasons.is_empty()
}

/// Where the details of a family are.
fn id(row: &Row<'_>, cell: &Cell<'_>) -> String {
    format!("{}.{}", row.anchor, anchor(cell.family))
}

fn changes(matrix: &Matrix<'_>) -> String {
    let mut section = String::new();
    for changes in &matrix.changes {
        let _ = write!(section, "<section>\n<h2>What has changed {}</h2>\n", Text(&changes.headline()));
        if changes.groups.is_empty() {
            section += "<p>Nothing.</p>\n";
        }
        for (change, cases) in &changes.groups {
            let _ = write!(section, "<h3>{}</h3>\n<ul>\n", change.words());
            for case in cases {
                let reason = case.reason.map(|reason| format!(", {}", Text(reason))).unwrap_or_default();
                let _ = writeln!(section, "<li><code>{}</code>{reason}</li>", Text(case.name));
            }
            section += "</ul>\n";
        }
        section += "</section>\n";
    }
    section
}

/// All that there is to say of an implementation: the causes with their reports, and what the cells lead to.
fn implementation(row: &Row<'_>) -> String {
    let (report, anchor) = (row.report, &row.anchor);
    let mut section =
        format!("<section aria-labelledby=\"{anchor}\">\n<h2 id=\"{anchor}\">{}</h2>\n", Text(&row.title));
    section += &page::counts(&Tally::of(&report.cases));
    section += &page::facts(report);
    let causes = report.causes();
    let firsts: Vec<_> = causes.iter().filter_map(|cause| first(report, cause)).collect();
    let prefix = format!("{anchor}.report.");
    let links = Links::new(&prefix, firsts.iter().copied());
    for cell in row.cells.iter().filter(|cell| has_details(cell)) {
        section += &family(row, cell, &causes, &links);
    }
    section.extend(firsts.iter().map(|case| page::failure(case, Kind::Failed, &sentence(case), &links)));
    section + "</section>\n"
}

/// The case whose report stands for a cause.
fn first<'a>(report: &'a Report, cause: &Cause) -> Option<&'a CaseReport> {
    report.cases.iter().find(|case| cause.cases.contains(&case.name))
}

/// What failed in a family, each with a link to the report of its cause, and why cases have no verdict.
fn family(row: &Row<'_>, cell: &Cell<'_>, causes: &[Cause], links: &Links<'_>) -> String {
    let (id, name) = (id(row, cell), Text(cell.family));
    let mut section = format!(
        "<section class=\"family\" aria-labelledby=\"{id}\">\n<h3 id=\"{id}\">{name}: {}</h3>\n<ul>\n",
        cell.words()
    );
    let has_failed =
        |case: &&CaseReport| case.family() == cell.family && matches!(case.outcome, Outcome::Failed { .. });
    for case in row.report.cases.iter().filter(has_failed) {
        let (sign, name) = (page::mark(Kind::Failed, &case.name), Text(&case.rule));
        let is_of = |cause: &&Cause| cause.cases.contains(&case.name) || cause.standing_on_them.contains(&case.name);
        let cause = causes.iter().find(is_of).map(|cause| links.cause(cause)).unwrap_or_default();
        let _ = writeln!(section, "<li>{sign} <span class=\"rule\">{name}</span><br>{cause}</li>");
    }
    for (kind, reason, count) in &cell.reasons {
        let words = format!("{count} {}: {reason}", kind.words());
        let _ = writeln!(section, "<li>{}</li>", page::mark(*kind, &words));
    }
    section + "</ul>\n</section>\n"
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{sample, snapshot};

    #[test]
    fn the_page_is_that_of_the_snapshot() {
        let reports = [sample::older(), sample::bad(), sample::good()];
        let page = page(&Matrix::of(&reports));
        snapshot::expect("compare/snapshot.html", &page);
        for markup in ["<script", "<i>", "<b>", "\u{202e}", "\u{1b}"] {
            assert!(!page.contains(markup), "{markup:?} is in the page");
        }
    }
}
