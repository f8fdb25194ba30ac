//! One case from beginning to end: runs it, compares the result with what is expected, and makes the report.

use std::time::Instant;

use crate::conformance::history::Failure;
use crate::conformance::judge::{CaseReport, Outcome, run_case};
use crate::conformance::report::explain;
use crate::conformance::session::Seed;
use crate::conformance::subject::Subject;
use crate::conformance::suite::Case;

/// Runs the case of this name: the whole body of a generated test.
///
/// # Panics
///
/// With the report, if the case fails, or if it passes though it was expected to fail.
pub fn run(subject: &'static Subject, path: &'static str) {
    let judged = judge(subject, Case::named(path), Seed::of_this_process());
    match judged.outcome {
        Outcome::Failed { report } => fail(report),
        Outcome::FailedAsExpected { reason, report } => println!("failed as expected ({reason}):\n{report}"),
        Outcome::Passed | Outcome::Ignored { .. } => judged.notes.iter().for_each(|note| println!("{path}: {note}")),
    }
}

/// Fails the test on this thread and shows the report alone. An ordinary panic would add a place in this file and a
/// backtrace through the suite, which say nothing about the store.
fn fail(report: String) -> ! {
    eprintln!("{report}");
    std::panic::resume_unwind(Box::new(report))
}

/// Runs a case, and compares the result with what the author of the factory expects.
pub(crate) fn judge(subject: &'static Subject, case: &'static Case, seed: Seed) -> CaseReport {
    let begun = Instant::now();
    let run = run_case(subject, case, seed);
    let time = begun.elapsed();
    let expected = subject.settings.expect_failure.iter().find(|(name, _)| case.is_named(name));
    let explain = |failure: &Failure| explain(subject, case, &run, failure);
    run.excuse.iter().for_each(|excuse| run.history.note(excuse));
    let outcome = match (&run.failure, expected) {
        (None, None) => Outcome::Passed,
        _ if run.excuse.is_some() => Outcome::Passed,
        (Some(failure), None) => Outcome::Failed { report: explain(failure) },
        (Some(failure), Some((_, reason))) => {
            Outcome::FailedAsExpected { reason: (*reason).to_owned(), report: explain(failure) }
        }
        (None, Some((name, reason))) => Outcome::Failed { report: explain(&Failure::Passed { name, reason }) },
    };
    CaseReport { outcome, notes: run.history.notes(), time, ..CaseReport::of(case) }
}
