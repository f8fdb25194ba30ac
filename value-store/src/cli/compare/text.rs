//! The matrix for a terminal.

use std::fmt::Write as _;

use super::matrix::{Cell, LEGEND, Matrix};
use crate::output::markup::visible;

/// Lines are at most this long. The columns that do not fit follow below.
const WIDTH: usize = 100;
const GAP: &str = "  ";

pub(super) fn text(matrix: &Matrix<'_>) -> String {
    let mut text = format!("{}\n", matrix.headline());
    for columns in blocks(matrix) {
        text.push('\n');
        text += &block(matrix, columns);
    }
    let legend: Vec<_> = LEGEND.map(|(sign, meaning)| format!("{sign}  {meaning}")).into();
    let _ = write!(text, "\n{}\n{}\n", legend[..4].join("    "), legend[4..].join("    "));
    text += &reasons(matrix);
    text += &changes(matrix);
    // What comes from a file may steer a terminal.
    visible(&text)
}

/// The ranges of columns that fit beside each other.
fn blocks(matrix: &Matrix<'_>) -> Vec<std::ops::Range<usize>> {
    let mut blocks: Vec<std::ops::Range<usize>> = Vec::new();
    let mut used = 0;
    for column in 0..matrix.families.len() {
        let needed = GAP.len() + column_width(matrix, column);
        if let Some(block) = blocks.last_mut().filter(|_| used + needed <= WIDTH) {
            block.end = column + 1;
        } else {
            blocks.push(column..column + 1);
            used = title_width(matrix);
        }
        used += needed;
    }
    blocks
}

fn block(matrix: &Matrix<'_>, columns: std::ops::Range<usize>) -> String {
    let heads = columns.clone().map(|column| matrix.families[column].to_owned()).collect();
    let mut block = line(matrix, "", columns.clone(), heads);
    for row in &matrix.rows {
        block +=
            &line(matrix, &row.title, columns.clone(), row.cells[columns.clone()].iter().map(Cell::text).collect());
    }
    block
}

fn line(matrix: &Matrix<'_>, title: &str, columns: std::ops::Range<usize>, cells: Vec<String>) -> String {
    let mut line = padded(title, title_width(matrix));
    for (column, cell) in columns.zip(cells) {
        line += GAP;
        line += &padded(&cell, column_width(matrix, column));
    }
    line.trim_end().to_owned() + "\n"
}

fn title_width(matrix: &Matrix<'_>) -> usize {
    matrix.rows.iter().map(|row| width(&row.title)).max().unwrap_or(0)
}

fn column_width(matrix: &Matrix<'_>, column: usize) -> usize {
    let cells = matrix.rows.iter().map(|row| width(&row.cells[column].text()));
    cells.max().unwrap_or(0).max(width(matrix.families[column]))
}

fn width(text: &str) -> usize {
    visible(text).chars().count()
}

fn padded(text: &str, to: usize) -> String {
    let room = to.saturating_sub(width(text));
    format!("{text}{}", " ".repeat(room))
}

/// Why cases failed as expected, were not judged or skipped.
fn reasons(matrix: &Matrix<'_>) -> String {
    let mut lines = String::new();
    for reason in matrix.reasons() {
        let _ = writeln!(lines, "{} {}: {}", reason.kind.sign(), reason.kind.words(), reason.text);
        for (title, families) in reason.places {
            let _ = writeln!(lines, "    {title}: {}", families.join(", "));
        }
    }
    if lines.is_empty() { lines } else { format!("\n{lines}") }
}

fn changes(matrix: &Matrix<'_>) -> String {
    let mut text = String::new();
    for changes in &matrix.changes {
        let _ = write!(text, "\n{}:", changes.headline());
        if changes.groups.is_empty() {
            text += " nothing has changed\n";
            continue;
        }
        text.push('\n');
        for (change, cases) in &changes.groups {
            let _ = writeln!(text, "  {}:", change.words());
            for case in cases {
                let reason = case.reason.map(|reason| format!(", {reason}")).unwrap_or_default();
                let _ = writeln!(text, "    {}{reason}", case.name);
            }
        }
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{sample, snapshot};

    #[test]
    fn the_matrix_is_that_of_the_snapshot() {
        let reports = [sample::older(), sample::bad(), sample::good()];
        snapshot::expect("compare/snapshot.txt", &text(&Matrix::of(&reports)));
    }

    #[test]
    fn no_line_of_the_matrix_is_too_long_and_all_columns_are_there() {
        let mut report = sample::good();
        for number in 0..40 {
            let mut case = report.cases[0].clone();
            case.name = format!("family_{number}::case");
            report.cases.push(case);
        }
        let reports = [report];
        let text = text(&Matrix::of(&reports));
        let matrix: Vec<_> = text.lines().take_while(|line| !line.contains("2 of 9 failed")).collect();
        assert!(matrix.iter().all(|line| line.chars().count() <= WIDTH), "{text}");
        assert!((0..40).all(|number| text.contains(&format!("family_{number}"))), "{text}");
        assert!(matrix.iter().filter(|line| line.starts_with("good")).count() > 1, "each block names its rows: {text}");
    }
}
