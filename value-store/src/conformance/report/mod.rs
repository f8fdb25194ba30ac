//! What a person reads when a case fails: the rule, what went against it, the calls that led there, and how to run it again.

mod bytes;
mod hint;
mod operations;
mod sentence;
mod timeline;

pub(crate) use operations::duration;

use std::collections::BTreeSet;
use std::fmt;
use std::path::PathBuf;

use crate::conformance::failure::{Expected, Failure};
use crate::conformance::history::{Operation, Outcome};
use crate::conformance::runner::Run;
use crate::conformance::seed::VARIABLE;
use crate::conformance::subject::Subject;
use crate::conformance::suite::Case;

/// Why a case failed, for a person to read.
pub(crate) struct Explanation<'a> {
    subject: &'a Subject,
    case: &'a Case,
    run: &'a Run,
    failure: &'a Failure,
    timeline: Option<Result<PathBuf, String>>,
}

impl<'a> Explanation<'a> {
    pub(crate) fn new(subject: &'a Subject, case: &'a Case, run: &'a Run, failure: &'a Failure) -> Self {
        Self { subject, case, run, failure, timeline: None }
    }

    /// Writes a timeline where calls overlapped, and names it.
    pub(crate) fn with_timeline(mut self) -> Self {
        self.timeline = timeline::write(&self);
        self
    }

    /// The path of the test, or what is most like it.
    fn test(&self) -> String {
        let module = if self.subject.module.is_empty() { self.subject.name } else { self.subject.module };
        format!("{module}::{}", self.case.path)
    }

    /// The panics that the sentence says nothing of.
    fn other_panics(&self, sentence: &str) -> BTreeSet<String> {
        let messages = self.run.history.panics().into_iter().map(|(_, message)| message);
        messages.filter(|message| !sentence.contains(message.as_str())).collect()
    }

    /// How to run the case again. `cargo test` takes the name of a test without the crate that the path begins with.
    fn again(&self) -> String {
        let (seed, path, module) = (self.run.seed, self.case.path, self.subject.module);
        if module.is_empty() {
            return format!("check(…).seed({seed}).only(\"{path}\").run()");
        }
        let module = module.split_once("::").map_or(module, |(_, module)| module);
        format!("{VARIABLE}={seed} cargo test {module}::{path} -- --exact")
    }
}

impl fmt::Display for Explanation<'_> {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Subject { name, file, line, .. } = self.subject;
        let operations = self.run.history.operations();
        let culprits = self.failure.operations();
        let hint = hint::hint(self.failure, self.case, &operations);

        let verb = if matches!(self.failure, Failure::Passed { .. }) { "passed" } else { "failed" };
        writeln!(formatter, "{} {verb} for `{name}` ({file}:{line})", self.case.path)?;
        writeln!(formatter, "  rule {}", self.case.rule)?;
        let sentence = sentence::sentence(self.failure, &operations, &self.run.history);
        writeln!(formatter, "  but  {}", sentence.replace('\n', "\n    "))?;
        if let Some(hint) = &hint {
            writeln!(formatter, "  hint {hint}")?;
        }
        if !matches!(self.failure, Failure::Passed { .. }) {
            operations::write(formatter, &operations, &culprits)?;
        }
        if let Some((expected, got)) = self.failure.difference(&operations) {
            bytes::write_difference(formatter, &expected, &got)?;
        }
        for message in self.other_panics(&sentence) {
            writeln!(formatter, "  panicked: {}", message.replace('\n', "\n    "))?;
        }
        if self.subject.settings.records.is_some() {
            writeln!(
                formatter,
                "  note: the keys are names, and the values contents, of which `records` makes records"
            )?;
        }
        for note in self.run.history.notes() {
            writeln!(formatter, "  note: {note}")?;
        }
        match &self.timeline {
            Some(Ok(path)) => writeln!(formatter, "  timeline: {}", path.display())?,
            Some(Err(why)) => writeln!(formatter, "  timeline: could not be written: {why}")?,
            None => {}
        }
        write!(formatter, "  again: {}", self.again())
    }
}

impl Failure {
    /// The operations to blame.
    fn operations(&self) -> Vec<usize> {
        match self {
            Self::Unexpected { operation, .. }
            | Self::Early { operation, .. }
            | Self::Late { operation, .. }
            | Self::Stranger { operation, .. } => vec![*operation],
            Self::NotLinearizable(violation) => violation.operations(),
            Self::Panicked { .. }
            | Self::Hung { .. }
            | Self::NotOpened { .. }
            | Self::Needs { .. }
            | Self::Passed { .. } => Vec::new(),
        }
    }

    /// All operations to blame: where a case hangs, those that have not returned.
    fn blamed(&self, operations: &[Operation]) -> BTreeSet<usize> {
        let is_pending = |index: &usize| matches!(self, Self::Hung { .. }) && operations[*index].ended.is_none();
        (0..operations.len()).filter(is_pending).chain(self.operations()).collect()
    }

    /// The value that was expected and the one that came, where there is one of each.
    fn difference(&self, operations: &[Operation]) -> Option<(::bytes::Bytes, ::bytes::Bytes)> {
        let Self::Unexpected { operation, expected: Expected::Value(expected) } = self else { return None };
        match operations[*operation].outcome() {
            Some(Outcome::Found(found)) => Some((expected.clone(), found.val.clone())),
            _ => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::*;
    use crate::conformance::history::History;
    use crate::conformance::seed::Seed;
    use crate::conformance::subject::{Settings, into_store, opening};
    use crate::stores::MemoryStore;

    #[test]
    fn a_report_says_where_the_timeline_is_or_why_there_is_none() {
        let open = &|_: &'static _| opening(async { into_store(MemoryStore::new()) });
        let subject = Subject { name: "a", module: "", file: "", line: 0, open, settings: Settings::DEFAULT };
        let run = Run { seed: Seed(1), history: Arc::new(History::new()), failure: None, excuse: None };
        let failure = Failure::Hung { deadline: std::time::Duration::from_secs(1) };
        let report = |timeline| {
            let case = Case::named("concurrency::gets_side_by_side");
            Explanation { timeline, ..Explanation::new(&subject, case, &run, &failure) }.to_string()
        };
        assert!(report(Some(Ok("a/b.html".into()))).contains("\n  timeline: a/b.html\n  again: "));
        let why = report(Some(Err("a/b.html: read-only".to_owned())));
        assert!(why.contains("\n  timeline: could not be written: a/b.html: read-only\n  again: "), "{why}");
        assert!(!report(None).contains("timeline"));
    }
}
