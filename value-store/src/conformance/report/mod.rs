//! What a person reads when a case fails: the rule, what went against it, the calls that led there, and how to run it again.

mod bytes;
mod hint;
mod operations;
mod sentence;

pub(crate) use operations::duration;

use std::collections::BTreeSet;
use std::fmt;

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
}

impl<'a> Explanation<'a> {
    pub(crate) fn new(subject: &'a Subject, case: &'a Case, run: &'a Run, failure: &'a Failure) -> Self {
        Self { subject, case, run, failure }
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
        let panics = self.run.history.panics();
        let others: BTreeSet<_> =
            panics.iter().map(|(_, message)| message).filter(|message| !sentence.contains(*message)).collect();
        for message in others {
            writeln!(formatter, "  panicked: {}", message.replace('\n', "\n    "))?;
        }
        for note in self.run.history.notes() {
            writeln!(formatter, "  note: {note}")?;
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

    /// The value that was expected and the one that came, where there is one of each.
    fn difference(&self, operations: &[Operation]) -> Option<(::bytes::Bytes, ::bytes::Bytes)> {
        let Self::Unexpected { operation, expected: Expected::Value(expected) } = self else { return None };
        match operations[*operation].outcome() {
            Some(Outcome::Found(found)) => Some((expected.clone(), found.val.clone())),
            _ => None,
        }
    }
}
