//! Files that import from each other.

use std::collections::{BTreeMap, BTreeSet};

use crate::imports::Imports;

/// The sets of files that import from each other in a circle, however long.
pub(crate) fn circles<'a>(imports: &'a Imports) -> BTreeSet<BTreeSet<&'a str>> {
    let reached: BTreeMap<&'a str, _> = imports.files().map(|file| (file, reached_from(imports, file))).collect();
    let circle_of = |file: &'a str| -> BTreeSet<&'a str> {
        let returns = |other: &&str| reached.get(other).is_some_and(|reached| reached.contains(file));
        reached[file].iter().copied().filter(returns).collect()
    };
    reached.keys().copied().map(circle_of).filter(|circle| !circle.is_empty()).collect()
}

/// The files that a file imports from, and those that these import from, and so on.
fn reached_from<'a>(imports: &'a Imports, file: &str) -> BTreeSet<&'a str> {
    let mut reached = BTreeSet::new();
    let mut waiting: Vec<&str> = imports.of_file(file).collect();
    while let Some(next) = waiting.pop() {
        if reached.insert(next) {
            waiting.extend(imports.of_file(next));
        }
    }
    reached
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::source::Source;

    fn circles_of(files: &[(&str, &str)]) -> usize {
        let root = ("lib.rs", "mod a; mod b; mod c;");
        let sources: Vec<_> = files.iter().chain([&root]).map(|(file, text)| Source::parse(file, text)).collect();
        circles(&Imports::of(&sources)).len()
    }

    #[test]
    fn a_circle_is_found_however_long_it_is() {
        let line = [("a.rs", "use crate::b::B;"), ("b.rs", "use crate::c::C;"), ("c.rs", "pub struct C;")];
        assert_eq!(circles_of(&line), 0);
        let closed = [line[0], line[1], ("c.rs", "fn c() { crate::a::a() }")];
        assert_eq!(circles_of(&closed), 1);
    }

    #[test]
    fn a_child_that_needs_its_parent_must_not_be_needed_by_it() {
        let child = ("a/child.rs", "use super::Parent; pub struct Child;");
        let others = [child, ("b.rs", ""), ("c.rs", "")];
        let parent = |text| [&[("a/mod.rs", text)][..], &others].concat();
        assert_eq!(circles_of(&parent("mod child; pub use self::child::Child; pub struct Parent;")), 0);
        assert_eq!(circles_of(&parent("mod child; use self::child::Child; pub struct Parent;")), 1);
    }
}
