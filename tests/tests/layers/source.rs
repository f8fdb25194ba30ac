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
    /// The words of its code.
    pub(crate) words: BTreeSet<String>,
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
            words: BTreeSet::new(),
        };
        let module = source.module.clone();
        let children = children(&parsed.items);
        parsed.items.iter().for_each(|item| source.read(&module, &children, item));
        source
    }

    fn read(&mut self, module: &[String], children: &BTreeSet<String>, item: &Item) {
        match item {
            _ if is_for_tests(attributes(item)) => {}
            Item::Use(item) => self.read_use(module, item),
            Item::Mod(item) => {
                if let Some((_, items)) = &item.content {
                    let inside = [module, &[item.ident.to_string()]].concat();
                    let children = self::children(items);
                    for item in items {
                        self.read(&inside, &children, item);
                    }
                }
            }
            item => {
                self.items.extend(name(item));
                self.read_code(module, children, item.to_token_stream());
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

    /// The paths in code that begin with `crate`, `super`, `self` or a child of the module.
    fn read_code(&mut self, module: &[String], children: &BTreeSet<String>, tokens: TokenStream) {
        let mut words = Vec::new();
        collect_words(tokens, &mut words);
        for (start, word) in words.iter().enumerate() {
            let is_first = !words[..start].ends_with(&COLONS.map(str::to_owned));
            let is_of_the_crate = ["crate", "super", "self"].contains(&word.as_str()) || children.contains(word);
            let path = if is_first && is_of_the_crate { path(&words[start..]) } else { Vec::new() };
            if path.len() > 1 {
                self.named.push(Import { module: module.to_vec(), path });
            }
        }
        self.words.extend(words);
    }
}

const COLONS: [&str; 2] = [":", ":"];

/// The path that code begins with. What is in brackets at its end, as in a `use` of several names, may be anything.
fn path(words: &[String]) -> Vec<String> {
    let mut path = Vec::new();
    for segment in words.chunks(3) {
        match segment[0].as_str() {
            BRACKET => path.push("*".to_owned()),
            name if is_identifier(name) => path.push(name.to_owned()),
            _ => break,
        }
        if segment[1..] != COLONS {
            break;
        }
    }
    path
}

/// The modules that these items declare and that are files.
fn children(items: &[Item]) -> BTreeSet<String> {
    let declared = items.iter().filter_map(|item| match item {
        Item::Mod(module) if module.content.is_none() && !is_for_tests(&module.attrs) => Some(&module.ident),
        _ => None,
    });
    declared.map(ToString::to_string).collect()
}

fn is_identifier(word: &str) -> bool {
    word.starts_with(|char: char| char.is_alphabetic() || char == '_')
}

/// The word for a bracket.
const BRACKET: &str = "(";

/// Identifiers and single signs, one after the other.
fn collect_words(tokens: TokenStream, words: &mut Vec<String>) {
    for token in tokens {
        match token {
            TokenTree::Ident(name) => words.push(name.to_string()),
            TokenTree::Punct(punct) => words.push(punct.as_char().to_string()),
            TokenTree::Literal(_) => words.push(String::new()),
            // What `quote!` has in it is code of another place.
            TokenTree::Group(_) if words.ends_with(&["quote", "!"].map(str::to_owned)) => {}
            TokenTree::Group(group) => {
                words.push(BRACKET.to_owned());
                collect_words(group.stream(), words);
                words.push(BRACKET.to_owned());
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
