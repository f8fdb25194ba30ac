//! Which file imports from which.

use std::collections::{BTreeMap, BTreeSet};

use crate::source::{Import, Source};

/// The imports between the files of a crate. Each is from the file that defines the item, and not from one that re-exports it.
pub(crate) struct Imports(BTreeMap<String, BTreeSet<String>>);

impl Imports {
    pub(crate) fn of(sources: &[Source]) -> Self {
        let crate_ = Crate { sources, modules: sources.iter().map(|source| (&*source.module, source)).collect() };
        let mut imports: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
        for source in sources {
            let of_file = imports.entry(source.file.clone()).or_default();
            // What a module hands on from its own children it may not need itself.
            let is_needed = |import: &Import| import.path.last().is_some_and(|name| source.words.contains(name));
            let handed_on = source.handed_on.iter();
            let handed_on = handed_on.filter(|import| !crate_.is_of_a_child(source, import) || is_needed(import));
            for import in source.named.iter().chain(handed_on) {
                of_file.extend(crate_.files_of(import).into_iter().filter(|file| *file != source.file));
            }
        }
        Self(imports)
    }

    pub(crate) fn files(&self) -> impl Iterator<Item = &str> {
        self.0.keys().map(String::as_str)
    }

    /// Each pair of a file and one that it imports from.
    pub(crate) fn between_files(&self) -> impl Iterator<Item = (&str, &str)> {
        self.0.iter().flat_map(|(from, all)| all.iter().map(move |to| (from.as_str(), to.as_str())))
    }

    pub(crate) fn of_file(&self, file: &str) -> impl Iterator<Item = &str> {
        self.0.get(file).into_iter().flatten().map(String::as_str)
    }
}

struct Crate<'a> {
    sources: &'a [Source],
    modules: BTreeMap<&'a [String], &'a Source>,
}

impl<'a> Crate<'a> {
    /// The files that have what this path names: none if it is not of this crate, several if it ends in `*`.
    fn files_of(&self, import: &Import) -> BTreeSet<String> {
        let Some(path) = self.absolute(import) else { return BTreeSet::new() };
        let (source, rest) = self.nearest(&path);
        match rest.first().map(String::as_str) {
            None => BTreeSet::from([source.file.clone()]),
            Some("*") => {
                let handed_on = source.handed_on.iter().flat_map(|import| self.files_of(import));
                handed_on.chain([source.file.clone()]).collect()
            }
            Some(name) => BTreeSet::from([self.file_of(source, name).unwrap_or_else(|| source.file.clone())]),
        }
    }

    /// The file that defines an item which this module has, or hands on.
    fn file_of(&self, source: &Source, name: &str) -> Option<String> {
        if source.items.contains(name) {
            return Some(source.file.clone());
        }
        source.handed_on.iter().find_map(|import| {
            let path = self.absolute(import)?;
            let (other, rest) = self.nearest(&path);
            let [last] = rest else { return None };
            (last == name || last == "*").then(|| self.file_of(other, name)).flatten()
        })
    }

    /// The path from the root of the crate, if it is one of this crate.
    fn absolute(&self, Import { module, path }: &Import) -> Option<Vec<String>> {
        let supers = path.iter().take_while(|segment| *segment == "super").count();
        match path[0].as_str() {
            "crate" => Some(path[1..].to_vec()),
            "self" => Some([module, &path[1..]].concat()),
            "super" => Some([&module[..module.len() - supers], &path[supers..]].concat()),
            // A child of the module may be named without `self`.
            child => {
                let inside = [module.as_slice(), &[child.to_owned()]].concat();
                self.modules.contains_key(&*inside).then(|| [module.as_slice(), path].concat())
            }
        }
    }

    /// The file of the innermost module on this path, and what is left of the path.
    fn nearest<'p>(&self, path: &'p [String]) -> (&'a Source, &'p [String]) {
        let of_file = |length: usize| self.modules.get(&path[..length]).map(|source| (*source, &path[length..]));
        let found = (0..=path.len()).rev().find_map(of_file);
        found.unwrap_or_else(|| panic!("the root is missing among {} files", self.sources.len()))
    }

    fn is_of_a_child(&self, source: &Source, import: &Import) -> bool {
        self.absolute(import).is_some_and(|path| path.starts_with(&source.module))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The imports of the file `a.rs` beside `b`, which hands on what `b/c.rs` and `b/d.rs` have.
    fn imports_of_a(text: &str) -> Vec<String> {
        let sources = [
            Source::parse("lib.rs", "mod a; mod b; pub use b::Deep;"),
            Source::parse("a.rs", text),
            Source::parse("b/mod.rs", "mod c; mod d; pub use self::c::Deep; pub use self::d::*; pub struct Own;"),
            Source::parse("b/c.rs", "pub struct Deep;"),
            Source::parse("b/d.rs", "pub struct Other;"),
        ];
        Imports::of(&sources).of_file("a.rs").map(str::to_owned).collect()
    }

    #[test]
    fn an_import_is_from_the_file_that_has_the_item() {
        assert_eq!(imports_of_a("use crate::b::Own;"), ["b/mod.rs"]);
        assert_eq!(imports_of_a("use crate::b::Deep;"), ["b/c.rs"]);
        assert_eq!(imports_of_a("use crate::b::Other as Renamed;"), ["b/d.rs"]);
        assert_eq!(imports_of_a("use super::b::{self, Deep};"), ["b/c.rs", "b/mod.rs"]);
        assert_eq!(imports_of_a("use crate::Deep;"), ["b/c.rs"]);
        assert_eq!(imports_of_a("use crate::b::*;"), ["b/c.rs", "b/d.rs", "b/mod.rs"]);
    }

    #[test]
    fn an_item_is_found_however_often_it_is_handed_on() {
        let sources = [
            Source::parse("lib.rs", "mod a; mod b;"),
            Source::parse("a.rs", "use crate::b::Deep;"),
            Source::parse("b/mod.rs", "mod c; pub use self::c::*;"),
            Source::parse("b/c/mod.rs", "mod d; pub use self::d::*;"),
            Source::parse("b/c/d.rs", "pub struct Deep;"),
        ];
        assert!(Imports::of(&sources).of_file("a.rs").eq(["b/c/d.rs"]));
    }

    #[test]
    fn what_a_module_hands_on_and_needs_is_an_import() {
        let imports_of_b = |code| {
            let parent = format!("mod c; pub use self::c::Deep; {code}");
            let sources = [
                Source::parse("lib.rs", "mod b;"),
                Source::parse("b/mod.rs", &parent),
                Source::parse("b/c.rs", "pub struct Deep; pub fn deep() {}"),
            ];
            Imports::of(&sources).of_file("b/mod.rs").count()
        };
        assert_eq!(imports_of_b(""), 0);
        assert_eq!(imports_of_b("fn f(_: Deep) {}"), 1);
        assert_eq!(imports_of_b("fn f() { c::deep() }"), 1);
    }

    #[test]
    fn a_path_in_code_is_an_import() {
        assert_eq!(imports_of_a("struct A { b: crate::b::Own }"), ["b/mod.rs"]);
        assert_eq!(imports_of_a("fn f() { use super::b::{Deep}; }"), ["b/c.rs", "b/d.rs", "b/mod.rs"]);
        assert_eq!(imports_of_a("fn f() { g(&[crate::b::Deep]); }"), ["b/c.rs"]);
        assert_eq!(imports_of_a("fn f() { matches!(x, super::b::Other { .. }) }"), ["b/d.rs"]);
    }

    #[test]
    fn tests_other_crates_and_words_are_no_imports() {
        assert!(imports_of_a("#[cfg(test)] mod tests { use crate::b::Deep; }").is_empty());
        assert!(imports_of_a("use std::fmt; use b::Deep;").is_empty());
        assert!(imports_of_a("/// See [`Deep`](crate::b::Deep).\nfn f() { g(\"crate::b::Deep\") }").is_empty());
    }
}
