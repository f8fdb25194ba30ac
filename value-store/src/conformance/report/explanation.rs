//! What a report says, gathered for the text and for the timeline.

use std::collections::BTreeSet;

use super::evidence::Evidence;
use super::in_full::in_full;
use super::patience::without_idle_patience;
use super::texts::shortened;
use super::{bytes, happenings, hint, operations, sentence};
use crate::conformance::history::{Failure, History, Operation};
use crate::conformance::judge::{Run, Search};
use crate::conformance::session::{Seed, VARIABLE};
use crate::conformance::subject::{Settings, Subject};
use crate::conformance::suite::Case;

/// A failure, with all that is known of it.
pub(super) struct Explanation<'a> {
    pub(super) subject: &'a Subject,
    pub(super) case: &'a Case,
    pub(super) run: &'a Run,
    pub(super) failure: &'a Failure,
    /// The calls of the case, or of the smallest run that fails as it did.
    pub(super) operations: Vec<Operation>,
    /// What happened beside the calls, with its events.
    pub(super) happenings: Vec<(u64, String)>,
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
    /// Explains the smallest run that failed, if one was found, or else that of the case.
    pub(super) fn new(subject: &'a Subject, case: &'a Case, run: &'a Run, failure: &'a Failure) -> Self {
        Self::of(subject, case, run, shown(run, failure))
    }

    /// Explains the run of the case.
    pub(super) fn of_the_case(subject: &'a Subject, case: &'a Case, run: &'a Run, failure: &'a Failure) -> Self {
        Self::of(subject, case, run, (&run.history, failure))
    }

    fn of(subject: &'a Subject, case: &'a Case, run: &'a Run, (history, failure): (&'a History, &'a Failure)) -> Self {
        let is_of_the_case = std::ptr::eq(history, run.history.as_ref());
        let operations = history.operations();
        let sentence = sentence::sentence(failure, &operations, history);
        let operations = without_idle_patience(failure, operations);
        let happenings = history.happenings();
        let (is_smallest, needs_overlap) = match &run.search {
            Some(Search::Found(example)) if !is_of_the_case => (example.is_smallest, example.needs_overlap),
            _ => (false, false),
        };
        let evidence = Evidence {
            case,
            settings: &subject.settings,
            operations: &operations,
            happenings: &happenings,
            is_smallest,
            needs_overlap,
        };
        let hint = hint::hint(failure, &evidence);
        let panics = history.panics();
        let messages = panics.iter().map(|panic| shortened(&panic.message));
        Self {
            subject,
            case,
            run,
            failure,
            hint,
            difference: difference(failure, &operations),
            other_panics: messages.filter(|message| !sentence.contains(message.as_str())).collect(),
            notes: run.history.notes().into_iter().chain(of_the_search(run, failure, operations.len())).collect(),
            happenings: happenings::shown(&operations, &happenings),
            in_full: in_full(failure, &operations, &operations::shown(&operations, &failure.operations()), &panics),
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
        store(self.subject)
    }

    /// The path of the test, or what comes nearest to one.
    pub(super) fn test(&self) -> String {
        let module = if self.subject.module.is_empty() { self.subject.name } else { self.subject.module };
        format!("{module}::{}", self.case.path)
    }

    pub(super) fn again(&self) -> String {
        again(self.subject, self.case, self.run.seed)
    }
}

/// The run that the report shows: the smallest one that failed as the case did, or that of the case.
fn shown<'a>(run: &'a Run, failure: &'a Failure) -> (&'a History, &'a Failure) {
    match &run.search {
        Some(Search::Found(example)) if !matches!(failure, Failure::Passed { .. }) => {
            (&example.history, &example.failure)
        }
        _ => (&run.history, failure),
    }
}

/// What the search for a smaller run has shown. `calls` is how many the report shows.
fn of_the_search(run: &Run, failure: &Failure, calls: usize) -> Option<String> {
    let made = run.history.operations().len();
    match run.search.as_ref()? {
        _ if matches!(failure, Failure::Passed { .. }) => None,
        Search::Found(example) if example.needs_overlap => {
            Some(format!("of {made} calls, these fail in the same way, and only if they run at the same time"))
        }
        Search::Found(_) if calls < made => {
            let fail = if calls == 1 { "this one fails".to_owned() } else { format!("these {calls} fail") };
            Some(format!("the case made {made} calls; {fail} in the same way"))
        }
        Search::Found(_) => None,
        Search::NotAgain { runs: 1 } => Some("the same calls, made again, did not fail".to_owned()),
        Search::NotAgain { runs } => Some(format!("the same calls, made again {runs} times, did not fail")),
    }
}

/// The name of a store, and where its factory is, if that is in the source of somebody who reads this.
pub(super) fn store(subject: &Subject) -> String {
    let Subject { name, file, line, settings, .. } = subject;
    if settings.command.is_some() { format!("`{name}`") } else { format!("`{name}` ({file}:{line})") }
}

/// How to run a case again.
pub(super) fn again(subject: &Subject, case: &Case, seed: Seed) -> String {
    command(subject, case, More { of_command: "", of_check: "", variable: "" }, seed)
}

/// How to run a case even though its ground fails.
pub(super) fn anyway(subject: &Subject, case: &Case, seed: Seed) -> String {
    let variable = format!("{}=1 ", Settings::ANYWAY);
    command(subject, case, More { of_command: " --anyway", of_check: ".anyway()", variable: &variable }, seed)
}

/// What stands before the seed, wherever the check was made.
struct More<'a> {
    of_command: &'a str,
    of_check: &'a str,
    variable: &'a str,
}

fn command(subject: &Subject, case: &Case, more: More<'_>, seed: Seed) -> String {
    let (path, module, More { of_command, of_check, variable }) = (case.path, subject.module, more);
    if let Some(command) = subject.settings.command {
        return format!("{command}{of_command} --seed {seed} --only {path}");
    }
    if module.is_empty() {
        return format!("check(…){of_check}.seed({seed}).only(\"{path}\").run()");
    }
    // `cargo test` takes the name of a test without the crate that the path begins with.
    let module = module.split_once("::").map_or(module, |(_, module)| module);
    format!("{variable}{VARIABLE}={seed} cargo test {module}::{path} -- --exact")
}

fn difference(failure: &Failure, operations: &[Operation]) -> String {
    let mut difference = String::new();
    if let Some((expected, got)) = failure.difference(operations) {
        bytes::write_difference(&mut difference, &expected, &got)
            .unwrap_or_else(|_| unreachable!("a string takes all that is written"));
    }
    difference
}
