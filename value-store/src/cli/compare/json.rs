//! The matrix as JSON. `matrix.schema.json` describes it.

use std::collections::BTreeMap;

use serde::Serialize;

use super::changes::{Change, Changes};
use super::matrix::{Matrix, Row};
use crate::output::family::Tally;

#[derive(Serialize)]
struct Page<'a> {
    families: &'a [&'a str],
    implementations: Vec<Implementation<'a>>,
    changes: Vec<Changed<'a>>,
}

#[derive(Serialize)]
struct Implementation<'a> {
    #[serde(flatten)]
    judged: Judged<'a>,
    claims: &'a [String],
    /// The families of the report, by their names.
    families: BTreeMap<&'a str, Tally>,
}

#[derive(Serialize)]
struct Judged<'a> {
    name: &'a str,
    version: Option<&'a str>,
    suite: &'a str,
}

#[derive(Serialize)]
struct Changed<'a> {
    from: Judged<'a>,
    to: Judged<'a>,
    cases: Vec<Case<'a>>,
}

#[derive(Serialize)]
struct Case<'a> {
    name: &'a str,
    change: Change,
    #[serde(skip_serializing_if = "Option::is_none")]
    reason: Option<&'a str>,
}

pub(super) fn json(matrix: &Matrix<'_>) -> String {
    let page = Page {
        families: &matrix.families,
        implementations: matrix.rows.iter().map(implementation).collect(),
        changes: matrix.changes.iter().map(changed).collect(),
    };
    let text = serde_json::to_string_pretty(&page).expect("the keys of all its maps are texts");
    text + "\n"
}

fn implementation<'a>(row: &Row<'a>) -> Implementation<'a> {
    let present = row.cells.iter().filter(|cell| cell.kind().is_some());
    Implementation {
        judged: judged(row.report),
        claims: &row.report.claims,
        families: present.map(|cell| (cell.family, cell.tally)).collect(),
    }
}

fn judged(report: &value_store::conformance::Report) -> Judged<'_> {
    Judged { name: &report.name, version: report.version.as_deref(), suite: &report.suite }
}

fn changed<'a>(changes: &Changes<'a>) -> Changed<'a> {
    let cases = changes.groups.iter().flat_map(|(change, cases)| {
        cases.iter().map(|case| Case { name: case.name, change: *change, reason: case.reason })
    });
    Changed { from: judged(changes.earlier), to: judged(changes.later), cases: cases.collect() }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{sample, snapshot};

    #[test]
    fn the_matrix_is_that_of_the_snapshot_and_as_the_schema_says() {
        let reports = [sample::older(), sample::bad(), sample::good()];
        let json = json(&Matrix::of(&reports));
        snapshot::expect("compare/snapshot.json", &json);
        let parse = |text| serde_json::from_str::<serde_json::Value>(text).unwrap();
        let schema = parse(include_str!("../../../matrix.schema.json"));
        jsonschema::draft202012::meta::validate(&schema).unwrap();
        let validator = jsonschema::draft202012::new(&schema).unwrap();
        validator.validate(&parse(&json)).unwrap();
    }
}
