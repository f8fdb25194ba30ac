//! What a report is made of.

use std::collections::BTreeSet;

use crate::conformance::history::Failure;
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
}

impl Explanation<'_> {
    /// The path of the test, or what is most like it.
    pub(super) fn test(&self) -> String {
        let module = if self.subject.module.is_empty() { self.subject.name } else { self.subject.module };
        format!("{module}::{}", self.case.path)
    }

    /// The panics that the sentence says nothing of.
    pub(super) fn other_panics(&self, sentence: &str) -> BTreeSet<String> {
        let messages = self.run.history.panics().into_iter().map(|(_, message)| message);
        messages.filter(|message| !sentence.contains(message.as_str())).collect()
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
