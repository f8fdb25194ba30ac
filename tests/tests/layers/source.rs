//! A source file: the module that it is, and the paths in it.

use std::collections::BTreeSet;
use std::path::Path;
use std::{fs, io};

use proc_macro2::{TokenStream, TokenTree};
use quote::ToTokens as _;
use syn::{Attribute, Item, ItemUse, UseTree, Visibility};

/// A source file, without what is compiled for tests alone.
pub(crate) struct Source {
    /// Its path below `src`, with slashes.
    pub(crate) file: String,
    /// The module that it is: empty for the root of the crate.
    pub(crate) module: Vec<String>,
    /// The names of its own items.
    pub(crate) items: BTreeSet<String>,
    /// What a `pub use` hands on.
    pub(crate) handed_on: Vec<Import>,
    /// What else it names.
    pub(crate) named: Vec<Import>,
}

/// A path as it is written, in the module that it is written in.
#[derive(Debug)]
pub(crate) struct Import {
    pub(crate) module: Vec<String>,
    /// The last segment is `*` for all that there is.
    pub(crate) path: Vec<String>,
}

impl Source {
    /// All sources below this folder, but for those of tests.
    pub(crate) fn all_below(folder: &Path) -> Vec<Self> {
        let mut files = Vec::new();
        collect(folder, "", &mut files).unwrap_or_else(|error| panic!("{}: {error}", folder.display()));
        files.sort();
        let read = |file: &String| fs::read_to_string(folder.join(file)).map(|text| Self::parse(file, &text));
        files.iter().map(|file| read(file).unwrap_or_else(|error| panic!("{file}: {error}"))).collect()
    }

    pub(crate) fn parse(file: &str, text: &str) -> Self {
        let parsed = syn::parse_file(text).unwrap_or_else(|error| panic!("{file}: {error}"));
        let mut source = Self {
            file: file.to_owned(),
            module: module(file),
            items: BTreeSet::new(),
            handed_on: Vec::new(),
            named: Vec::new(),
        };
        let module = source.module.clone();
        parsed.items.iter().for_each(|item| source.read(&module, item));
        source
    }

    fn read(&mut self, module: &[String], item: &Item) {
        match item {
            _ if is_for_tests(attributes(item)) => {}
            Item::Use(item) => self.read_use(module, item),
            Item::Mod(item) => {
                if let Some((_, items)) = &item.content {
                    let inside = [module, &[item.ident.to_string()]].concat();
                    for item in items {
                        self.read(&inside, item);
                    }
                }
            }
            item => {
                self.items.extend(name(item));
                self.read_code(module, item.to_token_stream());
            }
        }
    }

    fn read_use(&mut self, module: &[String], item: &ItemUse) {
        let imports = flat(&item.tree).into_iter().map(|path| Import { module: module.to_vec(), path });
        match item.vis {
            Visibility::Inherited => self.named.extend(imports),
            _ => self.handed_on.extend(imports),
        }
    }

    /// The paths in code that begin with `crate`, `super` or `self`.
    fn read_code(&mut self, module: &[String], tokens: TokenStream) {
        let mut words = Vec::new();
        collect_words(tokens, &mut words);
        for start in 0..words.len() {
            let is_inside = start > 0 && words[start - 1] == ":";
            if is_inside || !["crate", "super", "self"].contains(&words[start].as_str()) {
                continue;
            }
            let segments = words[start..].chunks(3).take_while(|chunk| is_identifier(&chunk[0]));
            let mut path = Vec::new();
            for segment in segments {
                path.push(segment[0].clone());
                if segment.get(1..) != Some(&[":".to_owned(), ":".to_owned()]) {
                    break;
                }
            }
            if path.len() > 1 {
                self.named.push(Import { module: module.to_vec(), path });
            }
        }
    }
}

fn is_identifier(word: &str) -> bool {
    word.starts_with(|char: char| char.is_alphabetic() || char == '_')
}

/// Identifiers and single signs, one after the other. What is in brackets is between an empty word and another.
fn collect_words(tokens: TokenStream, words: &mut Vec<String>) {
    for token in tokens {
        match token {
            TokenTree::Ident(name) => words.push(name.to_string()),
            TokenTree::Punct(punct) => words.push(punct.as_char().to_string()),
            TokenTree::Literal(_) => words.push(String::new()),
            TokenTree::Group(group) => {
                words.push(String::new());
                collect_words(group.stream(), words);
                words.push(String::new());
            }
        }
    }
}

/// The files below a folder, as paths with slashes.
fn collect(folder: &Path, below: &str, files: &mut Vec<String>) -> io::Result<()> {
    for entry in fs::read_dir(folder)? {
        let entry = entry?;
        let path = format!("{below}{}", entry.file_name().to_string_lossy());
        if entry.file_type()?.is_dir() {
            if !path.ends_with("/tests") {
                collect(&entry.path(), &format!("{path}/"), files)?;
            }
        } else if path.rsplit('.').next() == Some("rs") && !path.ends_with("/tests.rs") {
            files.push(path);
        }
    }
    Ok(())
}

/// The module that a file is: `a/b.rs` and `a/b/mod.rs` are `a::b`.
fn module(file: &str) -> Vec<String> {
    let mut segments: Vec<_> = file.trim_end_matches(".rs").split('/').map(str::to_owned).collect();
    let is_named_for_its_folder = segments.last().is_some_and(|last| last == "mod" || last == "lib");
    segments.truncate(segments.len() - usize::from(is_named_for_its_folder));
    segments
}

/// All paths of a `use`.
fn flat(tree: &UseTree) -> Vec<Vec<String>> {
    let one = |name: String| vec![vec![name]];
    match tree {
        UseTree::Path(path) => {
            let inside = flat(&path.tree).into_iter();
            inside.map(|rest| [vec![path.ident.to_string()], rest].concat()).collect()
        }
        UseTree::Name(name) => one(name.ident.to_string()),
        UseTree::Rename(renamed) => one(renamed.ident.to_string()),
        UseTree::Glob(_) => one("*".to_owned()),
        UseTree::Group(group) => group.items.iter().flat_map(flat).collect(),
    }
}

fn is_for_tests(attributes: &[Attribute]) -> bool {
    let says_test = |attribute: &Attribute| attribute.to_token_stream().to_string().replace(' ', "") == "#[cfg(test)]";
    attributes.iter().any(says_test)
}

fn attributes(item: &Item) -> &[Attribute] {
    match item {
        Item::Const(item) => &item.attrs,
        Item::Fn(item) => &item.attrs,
        Item::Impl(item) => &item.attrs,
        Item::Mod(item) => &item.attrs,
        Item::Static(item) => &item.attrs,
        Item::Struct(item) => &item.attrs,
        Item::Use(item) => &item.attrs,
        _ => &[],
    }
}

/// The name by which others may import an item.
fn name(item: &Item) -> Option<String> {
    let name = match item {
        Item::Const(item) => &item.ident,
        Item::Enum(item) => &item.ident,
        Item::Fn(item) => &item.sig.ident,
        Item::Static(item) => &item.ident,
        Item::Struct(item) => &item.ident,
        Item::Trait(item) => &item.ident,
        Item::Type(item) => &item.ident,
        _ => return None,
    };
    Some(name.to_string())
}
