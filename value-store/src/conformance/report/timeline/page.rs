//! The page: what happened, a chart of the calls, and a table of them. It has no scripts, and asks for nothing from anywhere.

use std::collections::{BTreeSet, HashMap};
use std::fmt::{self, Display, Formatter};

use bytes::Bytes;

use super::call::{clipped, last_put, source};
use super::layout::Layout;
use super::markup::Text;
use crate::conformance::history::{Kind, Operation, Outcome};

/// What the page says before it comes to the calls.
pub(super) struct Heading {
    pub(super) case: String,
    pub(super) subject: String,
    /// What is to be said, by its name.
    pub(super) facts: Vec<(&'static str, String)>,
    /// Two values in hexadecimal, or nothing.
    pub(super) difference: String,
    /// Whether the failure is one of a key by itself, whatever was done to others.
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

impl Display for Page<'_> {
    fn fmt(&self, page: &mut Formatter<'_>) -> fmt::Result {
        let (case, style) = (Text(&self.heading.case), include_str!("style.css"));
        writeln!(page, "<!doctype html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">")?;
        writeln!(page, "<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">")?;
        // What a store says stands in this page. Should it ever be taken for more than text, it can do nothing.
        let policy = "default-src 'none'; style-src 'unsafe-inline'";
        writeln!(page, "<meta http-equiv=\"Content-Security-Policy\" content=\"{policy}\">")?;
        writeln!(page, "<title>{case}</title>\n<style>\n{style}")?;
        self.write_style_of_keys(page)?;
        writeln!(page, "</style>\n</head>\n<body>")?;
        self.write_heading(page)?;
        self.write_chart(page)?;
        self.write_table(page)?;
        writeln!(page, "</body>\n</html>")
    }
}

impl Page<'_> {
    /// How a call is drawn, as the classes that the style knows.
    pub(super) fn classes(&self, index: usize) -> Vec<String> {
        let operation = &self.operations[index];
        let mut classes = vec![operation.call.name().to_owned(), format!("key-{}", self.keys[&operation.key])];
        let is_missed = operation.outcome().is_some_and(|outcome| outcome.is(Kind::NotFound));
        let has_failed = matches!(operation.outcome(), Some(Outcome::Failed(_) | Outcome::Dropped { .. }));
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

    /// What tells the call apart besides its colour.
    pub(super) fn sign(&self, index: usize) -> &'static str {
        self.classes(index).iter().map(|class| sign(class)).find(|sign| !sign.is_empty()).unwrap_or_default()
    }

    /// The task, and the handle where there are several.
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

    fn write_heading(&self, page: &mut Formatter<'_>) -> fmt::Result {
        let Heading { case, subject, facts, difference, again, .. } = &self.heading;
        writeln!(page, "<header>\n<h1>{}</h1>\n<p class=\"subject\">{}</p>\n<dl>", Text(case), Text(subject))?;
        for (name, fact) in facts {
            let fact = clipped(fact, 4_000);
            writeln!(page, "<dt>{name}</dt><dd class=\"{name}\">{}</dd>", Text(&fact))?;
        }
        writeln!(page, "<dt>again</dt><dd><code>{}</code></dd>\n</dl>", Text(again))?;
        if !difference.is_empty() {
            let summary = "The value, where it differs";
            writeln!(page, "<details>\n<summary>{summary}</summary>\n<pre>{}</pre>\n</details>", Text(difference))?;
        }
        writeln!(page, "</header>")
    }
}

/// What tells a class apart besides its colour.
pub(super) fn sign(class: &str) -> &'static str {
    match class {
        "blamed" => "✕ ",
        "source" => "◆ ",
        _ => "",
    }
}
