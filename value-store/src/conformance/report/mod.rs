//! What a person reads when a case fails: the rule, what went against it, the calls that led there, and how to run it again.

mod bytes;
mod hint;
mod operations;
mod sentence;

use std::collections::BTreeSet;
use std::fmt;

use crate::conformance::failure::{Expected, Failure};
use crate::conformance::history::{Operation, Outcome};
use crate::conformance::runner::Run;
use crate::conformance::seed::VARIABLE;
use crate::conformance::subject::Subject;
use crate::conformance::suite::Case;

pub(crate) struct Report<'a> {
    subject: &'a Subject,
    case: &'a Case,
    run: &'a Run,
    failure: &'a Failure,
}

impl<'a> Report<'a> {
    pub(crate) fn new(subject: &'a Subject, case: &'a Case, run: &'a Run, failure: &'a Failure) -> Self {
        Self { subject, case, run, failure }
    }

    /// The name of the test, as `cargo test` takes it: without the crate that the path begins with.
    fn test(&self) -> String {
        let module = self.subject.module.split_once("::").map_or(self.subject.module, |(_, module)| module);
        format!("{module}::{}", self.case.path)
    }
}

impl fmt::Display for Report<'_> {
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
        let panics = self.run.history.panics();
        let others: BTreeSet<_> =
            panics.iter().map(|(_, message)| message).filter(|message| !sentence.contains(*message)).collect();
        for message in others {
            writeln!(formatter, "  panicked: {}", message.replace('\n', "\n    "))?;
        }
        for note in self.run.history.notes() {
            writeln!(formatter, "  note: {note}")?;
        }
        write!(formatter, "  again: {VARIABLE}={} cargo test {} -- --exact", self.run.seed, self.test())
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

    /// The value that was expected and the one that came, where there is one of each.
    fn difference(&self, operations: &[Operation]) -> Option<(::bytes::Bytes, ::bytes::Bytes)> {
        let Self::Unexpected { operation, expected: Expected::Value(expected) } = self else { return None };
        match operations[*operation].outcome() {
            Some(Outcome::Found(found)) => Some((expected.clone(), found.val.clone())),
            _ => None,
        }
    }
}
