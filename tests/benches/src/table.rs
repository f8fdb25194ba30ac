//! Tables of text.

use std::fmt;

/// Rows under a heading. The first column is aligned to the left, the others to the right.
#[derive(Clone, Debug)]
pub struct Table {
    rows: Vec<Vec<String>>,
}

impl Table {
    /// A table without rows.
    #[must_use]
    pub fn new<T: ToString>(heading: impl IntoIterator<Item = T>) -> Self {
        Self { rows: vec![cells(heading)] }
    }

    /// Adds a row at the end.
    pub fn row<T: ToString>(&mut self, row: impl IntoIterator<Item = T>) {
        self.rows.push(cells(row));
    }

    fn widths(&self) -> Vec<usize> {
        let columns = self.rows.iter().map(Vec::len).max().unwrap_or(0);
        let width =
            |column: usize| self.rows.iter().filter_map(|row| row.get(column)).map(|cell| cell.chars().count()).max();
        (0..columns).map(|column| width(column).unwrap_or(0)).collect()
    }
}

fn cells<T: ToString>(row: impl IntoIterator<Item = T>) -> Vec<String> {
    row.into_iter().map(|cell| cell.to_string()).collect()
}

impl fmt::Display for Table {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let widths = self.widths();
        for row in &self.rows {
            for (column, (cell, width)) in row.iter().zip(&widths).enumerate() {
                match column {
                    0 => write!(formatter, "{cell:width$}")?,
                    _ => write!(formatter, "  {cell:>width$}")?,
                }
            }
            writeln!(formatter)?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::Table;

    #[test]
    fn columns_are_as_wide_as_their_widest() {
        let mut table = Table::new(["", "time", "×"]);
        table.row(["by hand", "10 s", "6.25"]);
        table.row(["ours", "123.5 s", "1"]);
        assert_eq!(table.to_string(), "            time     ×\nby hand     10 s  6.25\nours     123.5 s     1\n");
    }
}
