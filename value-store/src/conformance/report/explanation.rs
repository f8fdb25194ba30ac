//! What a report says, gathered for the text and for the timeline.

use std::collections::BTreeSet;

use super::in_full::in_full;
use super::operations::shown;
use super::patience::without_idle_patience;
use super::texts::shortened;
use super::{bytes, hint, sentence};
use crate::conformance::history::{Failure, Operation};
use crate::conformance::judge::Run;
use crate::conformance::session::VARIABLE;
use crate::conformance::subject::Subject;
use crate::conformance::suite::Case;

/// A failure, with all that is known of it.
pub(super) struct Explanation<'a> {
    pub(super) subject: &'a Subject,
    pub(super) case: &'a Case,
    pub(super) run: &'a Run,
    pub(super) failure: &'a Failure,
    /// The calls of the case.
    pub(super) operations: Vec<Operation>,
    pub(super) sentence: String,
    pub(super) hint: Option<String>,
    /// The expected and the returned value in hexadecimal, or nothing.
    pub(super) difference: String,
    /// The panics that the sentence does not mention.
    pub(super) other_panics: BTreeSet<String>,
    pub(super) notes: Vec<String>,
    /// Texts of the store that are cut where they are mentioned, or nothing.
    pub(super) in_full: String,
}

impl<'a> Explanation<'a> {
    pub(super) fn new(subject: &'a Subject, case: &'a Case, run: &'a Run, failure: &'a Failure) -> Self {
        let operations = run.history.operations();
        let sentence = sentence::sentence(failure, &operations, &run.history);
        let hint = hint::hint(failure, case, &operations);
        let operations = without_idle_patience(failure, operations);
        let panics = run.history.panics();
        let messages = panics.iter().map(|panic| shortened(&panic.message));
        Self {
            subject,
            case,
            run,
            failure,
            hint,
            difference: difference(failure, &operations),
            other_panics: messages.filter(|message| !sentence.contains(message.as_str())).collect(),
            notes: run.history.notes(),
            in_full: in_full(failure, &operations, &shown(&operations, &failure.operations()), &panics),
            operations,
            sentence,
        }
    }

    /// Whether the case passed, and the failure is that it was expected to fail.
    pub(super) fn has_passed(&self) -> bool {
        matches!(self.failure, Failure::Passed { .. })
    }

    /// The name of the store, and where its factory is.
    pub(super) fn store(&self) -> String {
        let Subject { name, file, line, .. } = self.subject;
        format!("`{name}` ({file}:{line})")
    }

    /// The path of the test, or what comes nearest to one.
    pub(super) fn test(&self) -> String {
        let module = if self.subject.module.is_empty() { self.subject.name } else { self.subject.module };
        format!("{module}::{}", self.case.path)
    }

    /// How to run the case again. `cargo test` takes the name of a test without the crate that the path begins with.
    pub(super) fn again(&self) -> String {
        let (seed, path, module) = (self.run.seed, self.case.path, self.subject.module);
        if module.is_empty() {
            return format!("check(…).seed({seed}).only(\"{path}\").run()");
        }
        let module = module.split_once("::").map_or(module, |(_, module)| module);
        format!("{VARIABLE}={seed} cargo test {module}::{path} -- --exact")
    }
}

fn difference(failure: &Failure, operations: &[Operation]) -> String {
    let mut difference = String::new();
    if let Some((expected, got)) = failure.difference(operations) {
        bytes::write_difference(&mut difference, &expected, &got)
            .unwrap_or_else(|_| unreachable!("a string takes all that is written"));
    }
    difference
}
