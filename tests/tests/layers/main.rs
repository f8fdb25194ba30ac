//! The suite lies in layers, and the files of the crates import from each other in one direction.
//!
//! The tests read the source: every path of this crate, in a `use` or elsewhere. They do not see which file has a method that is
//! called. What is compiled for tests alone may import from anywhere.

mod circles;
mod imports;
mod source;

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;
use std::sync::LazyLock;

use crate::circles::circles;
use crate::imports::Imports;
use crate::source::Source;

/// The folders of `conformance`, from the bottom up, and what each imports from. `suite` is a file.
const LAYERS: &[(&str, &[&str])] = &[
    ("linearizability", &[]),
    ("records", &[]),
    ("world", &[]),
    ("subject", &["records", "world"]),
    ("history", &["linearizability", "world", "subject"]),
    ("victim", &["world", "subject", "history"]),
    ("session", &["records", "world", "subject", "history", "victim"]),
    ("script", &["world", "subject", "history", "session"]),
    ("model", &["history", "session", "script"]),
    ("cases", &["linearizability", "records", "world", "subject", "history", "session", "script", "model"]),
    ("suite", &["world", "history", "session", "cases"]),
    ("judge", &["world", "subject", "history", "victim", "session", "script", "suite"]),
    ("report", &["linearizability", "world", "subject", "history", "session", "script", "suite", "judge"]),
    ("check", &["records", "world", "subject", "history", "victim", "session", "suite", "judge", "report"]),
];

const CONFORMANCE: &str = "conformance/";

/// The sources of a crate of this workspace.
fn sources_of(package: &str) -> Vec<Source> {
    Source::all_below(&Path::new(env!("CARGO_MANIFEST_DIR")).join("..").join(package).join("src"))
}

/// The imports within `value-store`.
static IMPORTS: LazyLock<Imports> = LazyLock::new(|| Imports::of(&sources_of("value-store")));

/// The folder of `conformance` that a file is in. The tour itself, `mod.rs`, is above all of them.
fn layer(file: &str) -> Option<&str> {
    let inside = file.strip_prefix(CONFORMANCE)?;
    let name = inside.split(['/', '.']).next()?;
    (name != "mod").then_some(name)
}

#[test]
fn each_folder_imports_only_from_those_before_it() {
    let mut wrong = Vec::new();
    for (from, to) in IMPORTS.between_files() {
        let (Some(folder), Some(other)) = (layer(from), layer(to)) else { continue };
        let row = LAYERS.iter().find(|(name, _)| *name == folder);
        let is_allowed = row.is_some_and(|(_, allowed)| folder == other || allowed.contains(&other));
        if !is_allowed {
            wrong.push(format!("{from} imports from {to}"));
        }
    }
    assert!(wrong.is_empty(), "LAYERS in tests/tests/layers/main.rs has no such import:\n{}", wrong.join("\n"));
}

#[test]
fn no_folder_imports_from_the_tour() {
    let upwards = IMPORTS.between_files().filter(|(from, to)| layer(from).is_some() && *to == "conformance/mod.rs");
    let upwards: Vec<_> = upwards.collect();
    assert!(upwards.is_empty(), "import from the folder that has it: {upwards:#?}");
}

#[test]
fn the_table_is_what_there_is() {
    for (row, (name, allowed)) in LAYERS.iter().enumerate() {
        let before: Vec<_> = LAYERS[..row].iter().map(|(name, _)| *name).collect();
        assert!(allowed.iter().all(|other| before.contains(other)), "{name} may import only from {before:?}");
    }
    let mut seen: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    for folder in IMPORTS.files().filter_map(layer) {
        seen.entry(folder.to_owned()).or_default();
    }
    for (from, to) in IMPORTS.between_files() {
        let (Some(folder), Some(other)) = (layer(from), layer(to)) else { continue };
        let others = seen.entry(folder.to_owned()).or_default();
        others.extend((folder != other).then(|| other.to_owned()));
    }
    let owned = |names: &[&str]| names.iter().map(|name| (*name).to_owned()).collect::<BTreeSet<_>>();
    let table: BTreeMap<_, _> = LAYERS.iter().map(|(name, allowed)| ((*name).to_owned(), owned(allowed))).collect();
    assert_eq!(table, seen, "the table (left) names what the source (right) has, and no more");
}

#[test]
fn stores_and_suite_do_not_know_each_other() {
    let is_store = |file: &str| file.starts_with("stores/");
    let is_suite = |file: &str| file.starts_with(CONFORMANCE);
    let mut between = IMPORTS.between_files();
    let crossing = between.find(|(from, to)| is_store(from) && is_suite(to) || is_suite(from) && is_store(to));
    assert_eq!(crossing, None);
}

#[test]
fn no_files_import_from_each_other_in_a_circle() {
    let macros = Imports::of(&sources_of("value-store-macros"));
    for (package, imports) in [("value-store", &*IMPORTS), ("value-store-macros", &macros)] {
        let found = circles(imports);
        assert!(found.is_empty(), "{package}/src: {found:#?}");
    }
}
