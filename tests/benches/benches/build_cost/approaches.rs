//! The ways to write tests of some stores: the source of a crate for each, and of crates with as many empty tests.

use value_store_benches::empty_tests;
use value_store_benches::generated::{Package, Test, dependencies_of_tests};

use crate::cases::{self, Case};

/// The crate with the stores. All others use it.
pub(crate) const LIBRARY: &str = "library";

/// A way to test stores.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Approach {
    /// The attribute of this project.
    ValueStore,
    /// As many empty tests as the attribute generates, including the ignored ones.
    AsManyEmptyTests,
    /// As many empty tests as the other ways have.
    EmptyTests,
    ByHand,
    GenericTests,
    MacroRules,
    Rstest,
    Shims,
}

/// In the order of the tables.
pub(crate) const ALL: [Approach; 8] = [
    Approach::ValueStore,
    Approach::AsManyEmptyTests,
    Approach::ByHand,
    Approach::GenericTests,
    Approach::MacroRules,
    Approach::Rstest,
    Approach::Shims,
    Approach::EmptyTests,
];

impl Approach {
    pub(crate) fn label(self) -> &'static str {
        match self {
            Self::ValueStore => "value-store",
            Self::AsManyEmptyTests | Self::EmptyTests => "empty tests",
            Self::ByHand => "written out by hand",
            Self::GenericTests => "generic-tests",
            Self::MacroRules => "macro_rules! over generics",
            Self::Rstest => "rstest, boxed stores",
            Self::Shims => "one-line shims",
        }
    }

    /// The approach with as many tests, all of them empty.
    pub(crate) fn floor(self) -> Self {
        match self {
            Self::ValueStore | Self::AsManyEmptyTests => Self::AsManyEmptyTests,
            _ => Self::EmptyTests,
        }
    }

    fn word(self) -> &'static str {
        match self {
            Self::ValueStore => "value_store",
            Self::AsManyEmptyTests => "as_many_empty_tests",
            Self::EmptyTests => "empty_tests",
            Self::ByHand => "by_hand",
            Self::GenericTests => "generic_tests",
            Self::MacroRules => "macro_rules",
            Self::Rstest => "rstest",
            Self::Shims => "shims",
        }
    }

    /// The name of its crate.
    pub(crate) fn package(self, stores: usize) -> String {
        format!("{}_for_{stores}", self.word())
    }

    /// Its source, for this many stores. `ours` are the tests that the attribute generates for one store.
    pub(crate) fn source(self, stores: usize, ours: &[Test]) -> String {
        let stores = 0..stores;
        let cases = cases::all();
        let text = match self {
            Self::ValueStore => each(stores, annotated),
            Self::AsManyEmptyTests => each(stores, |store| empty(store, ours)),
            Self::EmptyTests => {
                let tests: Vec<_> = cases.into_iter().map(|case| Test { path: case.name, is_ignored: false }).collect();
                each(stores, |store| empty(store, &tests))
            }
            Self::ByHand => each(stores, |store| by_hand(store, &cases)),
            Self::GenericTests => generic_tests(stores, &cases),
            Self::MacroRules => macro_rules(stores, &cases),
            Self::Rstest => rstest(stores, &cases),
            Self::Shims => each(stores, |store| shims(store, &cases)),
        };
        format!("#![allow(unused_imports)]\n{IMPORTS}use {LIBRARY}::*;\n\n{text}")
    }
}

/// The texts for all items, concatenated.
fn each<T>(items: impl IntoIterator<Item = T>, text: impl Fn(T) -> String) -> String {
    items.into_iter().map(text).collect()
}

const IMPORTS: &str = "use std::time::Duration;\nuse value_store::{Bytes, Error, Options, ValueStore};\n";

/// The library of the user: the stores, and the cases that the one-line shims call, which are compiled once, and there.
pub(crate) fn library(stores: usize) -> String {
    let cases = each(cases::all(), |Case { name, body }| {
        format!(
            "    pub async fn {name}(open: fn() -> Box<dyn ValueStore>) {{\n        let store = open();{body}\n    }}\n"
        )
    });
    let stores = each(0..stores, |store| STORE.replace("Store0", &format!("Store{store}")));
    format!(
        "use value_store::{{Bytes, Error, GetValueResult, Options, ValueStore, async_trait}};\n\
        {stores}\npub mod cases {{\n    {IMPORTS}\n{cases}}}\n"
    )
}

/// Each store is a type of its own, since in practice stores are of different authors.
const STORE: &str = "
#[derive(Default)]
pub struct Store0(value_store::stores::MemoryStore);

#[async_trait]
impl ValueStore for Store0 {
    async fn put(&self, key: &[u8], value: Bytes, options: &Options) -> Result<(), Error> {
        self.0.put(key, value, options).await
    }

    async fn get(&self, key: &[u8], options: &Options) -> Result<GetValueResult, Error> {
        self.0.get(key, options).await
    }
}
";

/// A package with a source.
pub(crate) fn package(name: &str, source: String) -> Package {
    let library = if name == LIBRARY { "" } else { "library = { path = \"../library\" }\n" };
    Package { name: name.to_owned(), dependencies: dependencies_of_tests() + library, source }
}

fn annotated(store: usize) -> String {
    format!(
        "#[value_store::value_store_tests]\nfn store_{store}() -> Store{store} {{\n    Store{store}::default()\n}}\n\n"
    )
}

fn empty(store: usize, tests: &[Test]) -> String {
    empty_tests::source(&format!("store_{store}"), tests)
}

fn by_hand(store: usize, cases: &[Case]) -> String {
    let tests = each(cases, |Case { name, body }| {
        format!(
            "    #[tokio::test]\n    async fn {name}() {{\n        let store = Store{store}::default();{body}\n    }}\n"
        )
    });
    format!("mod store_{store} {{\n    use super::*;\n\n{tests}}}\n\n")
}

fn generic_tests(stores: impl Iterator<Item = usize>, cases: &[Case]) -> String {
    let tests = each(cases, |case| format!("    #[tokio::test]\n{}", generic(case)));
    let instances =
        each(stores, |store| format!("    #[instantiate_tests(<Store{store}>)]\n    mod store_{store} {{}}\n"));
    format!("#[generic_tests::define(attrs(tokio::test))]\nmod suite {{\n    use super::*;\n\n{tests}\n{instances}}}\n")
}

fn macro_rules(stores: impl Iterator<Item = usize>, cases: &[Case]) -> String {
    let functions = each(cases, |case| format!("    pub {}", generic(case).trim_start()));
    let shims = each(cases, |Case { name, .. }| {
        format!("            #[tokio::test]\n            async fn {name}() {{ generic::{name}::<$store>().await }}\n")
    });
    let modules = each(stores, |store| format!("suite!(store_{store}, Store{store});\n"));
    format!(
        "mod generic {{\n    use super::*;\n\n{functions}}}\n\n\
        macro_rules! suite {{\n    ($module:ident, $store:ty) => {{\n        mod $module {{\n            use super::*;\n\n\
        {shims}        }}\n    }};\n}}\n\n{modules}"
    )
}

/// A case as a function that is generic over the store.
fn generic(Case { name, body }: &Case) -> String {
    format!("    async fn {name}<S: ValueStore + Default>() {{\n        let store = S::default();{body}\n    }}\n")
}

fn rstest(stores: impl Iterator<Item = usize>, cases: &[Case]) -> String {
    let boxed = each(stores, |store| format!("#[case::store_{store}(Box::new(Store{store}::default()))]\n"));
    each(cases, |Case { name, body }| {
        format!(
            "#[rstest::rstest]\n{boxed}#[tokio::test]\nasync fn {name}(#[case] store: Box<dyn ValueStore>) {{{body}\n}}\n\n"
        )
    })
}

fn shims(store: usize, cases: &[Case]) -> String {
    let tests = each(cases, |Case { name, .. }| {
        format!("    #[tokio::test]\n    async fn {name}() {{ cases::{name}(open).await }}\n")
    });
    format!(
        "mod store_{store} {{\n    use super::*;\n\n\
        fn open() -> Box<dyn ValueStore> {{ Box::new(Store{store}::default()) }}\n\n{tests}}}\n\n"
    )
}
