//! The list of the cases that fail on each mutant: the tests write it, and a person reads what has changed.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::Path;
use std::sync::OnceLock;

use value_store_tests::snapshot;

use crate::kill::Kill;

/// In this package.
const FILE: &str = "mutants/failing_cases.txt";

/// Expects the list to have a line for each mutant, in the order of the tables, with the cases that fail on it, in the order
/// of the suite, and nothing else. With `UPDATE_SNAPSHOTS` in the environment, it is written.
pub(crate) fn expect(kills: &[Kill]) {
    if !snapshot::is_updating() {
        let differences: Vec<_> = kills.iter().filter_map(difference).chain(unknown(kills)).collect();
        assert!(
            differences.is_empty(),
            "{}\n{FILE} has other failures. If these are right, this writes it anew:\n    \
             UPDATE_SNAPSHOTS=1 cargo test --package value-store-tests --test mutants",
            differences.join("\n")
        );
    }
    snapshot::expect(FILE, &kills.iter().map(line).collect::<String>());
}

fn line(kill: &Kill) -> String {
    format!("{}: {}\n", kill.mutant.name, kill.failed().join(", "))
}

/// How the cases that failed differ from those in the list, if they do.
pub(crate) fn difference(kill: &Kill) -> Option<String> {
    let (name, failed) = (kill.mutant.name, kill.failed());
    let Some(listed) = listed().get(name) else {
        return Some(format!("{name}: is not in the list; failed: {failed:?}"));
    };
    let (listed, failed): (BTreeSet<&str>, BTreeSet<_>) =
        (listed.iter().map(String::as_str).collect(), failed.into_iter().collect());
    let missed: Vec<_> = listed.difference(&failed).collect();
    let blamed: Vec<_> = failed.difference(&listed).collect();
    (!missed.is_empty() || !blamed.is_empty())
        .then(|| format!("{name}: should have failed and did not: {missed:?}; failed and should not have: {blamed:?}"))
}

/// Mutants that are only in the list.
fn unknown(kills: &[Kill]) -> impl Iterator<Item = String> {
    let names: BTreeSet<_> = kills.iter().map(|kill| kill.mutant.name).collect();
    let unknown = listed().keys().filter(move |name| !names.contains(name.as_str()));
    unknown.map(|name| format!("{name}: is in the list, and there is no such mutant"))
}

/// The list as it was when the tests began, by the names of the mutants.
fn listed() -> &'static BTreeMap<String, Vec<String>> {
    static LISTED: OnceLock<BTreeMap<String, Vec<String>>> = OnceLock::new();
    LISTED.get_or_init(|| {
        let list = fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join(FILE)).unwrap_or_default();
        list.lines().map(entry).collect()
    })
}

fn entry(line: &str) -> (String, Vec<String>) {
    let (name, cases) = line.split_once(": ").unwrap_or((line, ""));
    (name.to_owned(), cases.split(", ").filter(|case| !case.is_empty()).map(str::to_owned).collect())
}
