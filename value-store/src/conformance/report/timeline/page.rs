//! What the page shows: what happened, and the calls.

use std::collections::{BTreeSet, HashMap};

use bytes::Bytes;

use super::call::{last_put, source};
use super::layout::Layout;
use crate::conformance::history::{Kind, Operation, Outcome};

/// What the page says above the calls.
pub(super) struct Heading {
    pub(super) case: String,
    pub(super) subject: String,
    /// The name and the text of each fact.
    pub(super) facts: Vec<(&'static str, String)>,
    /// The expected and the returned value in hexadecimal, or nothing.
    pub(super) difference: String,
    /// Texts of the store that are cut where they are mentioned, or nothing.
    pub(super) in_full: String,
    /// Whether the failure concerns one key alone.
    pub(super) is_of_one_key: bool,
    pub(super) again: String,
}

pub(super) struct Page<'a> {
    pub(super) heading: Heading,
    pub(super) operations: &'a [Operation],
    pub(super) blamed: BTreeSet<usize>,
    /// The puts whose values the calls to blame returned.
    sources: BTreeSet<usize>,
    pub(super) layout: Layout,
    /// The keys that the reader can choose from, each with its number.
    pub(super) keys: HashMap<&'a Bytes, usize>,
}

impl<'a> Page<'a> {
    pub(super) fn new(heading: Heading, operations: &'a [Operation], blamed: BTreeSet<usize>) -> Self {
        let sources: BTreeSet<_> = blamed.iter().filter_map(|index| source(operations, *index)).collect();
        let stored = blamed.iter().filter_map(|index| last_put(operations, *index));
        let important = blamed.iter().chain(&sources).copied().chain(stored).collect();
        let layout = Layout::new(operations, &important);
        let mut keys = HashMap::new();
        for index in blamed.iter().chain(&layout.shown) {
            let next = keys.len();
            keys.entry(&operations[*index].key).or_insert(next);
        }
        Self { heading, operations, blamed, sources, layout, keys }
    }
}

impl Page<'_> {
    /// The classes of a call. The style sheet draws it by these.
    pub(super) fn classes(&self, index: usize) -> Vec<String> {
        let operation = &self.operations[index];
        let mut classes = vec![operation.call.name().to_owned(), format!("key-{}", self.keys[&operation.key])];
        let is_missed = operation.outcome().is_some_and(|outcome| outcome.is(Kind::NotFound));
        let has_failed = matches!(
            operation.outcome(),
            Some(Outcome::Failed(_) | Outcome::Dropped { .. } | Outcome::Panicked { .. })
        );
        let others = [
            ("missed", is_missed),
            ("failed", has_failed && !is_missed),
            ("open", operation.outcome().is_none()),
            ("blamed", self.blamed.contains(&index)),
            ("source", self.sources.contains(&index)),
        ];
        classes.extend(others.into_iter().filter(|(_, holds)| *holds).map(|(class, _)| class.to_owned()));
        classes
    }

    /// The sign that marks the call, for readers who do not see its colour.
    pub(super) fn sign(&self, index: usize) -> &'static str {
        self.classes(index).iter().map(|class| sign(class)).find(|sign| !sign.is_empty()).unwrap_or_default()
    }

    /// The task, and the handle if the case has several.
    pub(super) fn caller(&self, index: usize) -> String {
        let Operation { task, handle, .. } = self.operations[index];
        let several_handles = self.operations.iter().any(|operation| operation.handle > 1);
        if several_handles { format!("{task}, handle {handle}") } else { task.to_string() }
    }

    pub(super) fn mark(&self, index: usize) -> &'static str {
        match (self.blamed.contains(&index), self.sources.contains(&index)) {
            (true, _) => ", to blame",
            (_, true) => ", its source",
            _ => "",
        }
    }
}

/// The sign that marks a class, for readers who do not see its colour.
pub(super) fn sign(class: &str) -> &'static str {
    match class {
        "blamed" => "✕ ",
        "source" => "◆ ",
        _ => "",
    }
}
