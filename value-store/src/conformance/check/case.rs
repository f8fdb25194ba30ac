//! One case from beginning to end: runs it, compares the result with what is expected, and makes the report.

use std::collections::HashMap;
use std::sync::{LazyLock, Mutex, PoisonError};
use std::time::Instant;

use super::{ahead, ground, scope, verdicts};
use crate::conformance::history::Failure;
use crate::conformance::judge::{CaseReport, Diagnosis, Outcome, run_case, serve};
use crate::conformance::report::{explain, stands_on};
use crate::conformance::session::Seed;
use crate::conformance::subject::Subject;
use crate::conformance::suite::Case;
use crate::conformance::victim;

/// Runs the case of this name: the whole body of a generated test.
///
/// # Panics
///
/// With the report, if the case fails, or if it passes though it was expected to fail.
pub fn run(subject: &'static Subject, path: &'static str) {
    if let Some(seat) = victim::expected_here(&victim::name(subject, path)) {
        serve(subject, seat);
    }
    let case = Case::named(path);
    let judged = ahead::judged(subject, case, judge_as_seeded);
    if is_worth_another_look(subject, case, &judged) {
        run_case(subject, case, Seed::of_this_process(), &|| ());
    }
    match judged.outcome {
        Outcome::Failed { report } => fail(report + &like_it(subject, path, judged.diagnosis.as_ref())),
        Outcome::FailedAsExpected { reason, report } => println!("failed as expected ({reason}):\n{report}"),
        Outcome::NotJudged { reason } => println!("{path}: not judged: {reason}"),
        Outcome::Passed | Outcome::Ignored { .. } => judged.notes.iter().for_each(|note| println!("{path}: {note}")),
    }
}

/// Whether to run a failed case once more, for what the store prints. `cargo test` shows that with the test on whose thread the
/// case was judged, and that was another one. A case that hung is not worth the wait.
fn is_worth_another_look(subject: &'static Subject, case: &'static Case, judged: &CaseReport) -> bool {
    let has_failed = matches!(judged.outcome, Outcome::Failed { .. }) && judged.ground.is_none();
    has_failed && judged.time < subject.settings.deadline && verdicts::judged_elsewhere(subject, case)
}

fn judge_as_seeded(subject: &'static Subject, case: &'static Case, spare: &dyn Fn(), is_ahead: bool) -> CaseReport {
    judge(subject, case, Seed::of_this_process(), spare, is_ahead)
}

/// Fails the test on this thread and shows the report alone. An ordinary panic would add a place in this file and a
/// backtrace through the suite, which say nothing about the store.
fn fail(report: String) -> ! {
    eprintln!("{report}");
    std::panic::resume_unwind(Box::new(report))
}

/// What other cases of the factory have failed in the same way in this process, as the last line of a report.
fn like_it(subject: &'static Subject, path: &'static str, diagnosis: Option<&Diagnosis>) -> String {
    type Failed = HashMap<(usize, String), Vec<&'static str>>;
    static FAILED: LazyLock<Mutex<Failed>> = LazyLock::new(Mutex::default);
    let Some(diagnosis) = diagnosis else { return String::new() };
    let mut failed = FAILED.lock().unwrap_or_else(PoisonError::into_inner);
    let before = failed.entry((std::ptr::from_ref(subject).addr(), diagnosis.pattern.clone())).or_default();
    let line = match before.as_slice() {
        [] => String::new(),
        [first] => format!("\n  like it: {first} failed in the same way before"),
        [first, others @ ..] => {
            format!("\n  like it: {first} failed in the same way before, and {} others since", others.len())
        }
    };
    before.push(path);
    line
}

/// Judges a case once, unless the ground that it stands on fails. `spare` is called now and then while the case waits and the
/// machine answers quickly.
pub(super) fn judge(
    subject: &'static Subject,
    case: &'static Case,
    seed: Seed,
    spare: &dyn Fn(),
    is_ahead: bool,
) -> CaseReport {
    let judge_it = || {
        // A case that begins ahead does not wait for what it stands on, which may take long to be judged.
        let own =
            (is_ahead && !ground::has_failed_already(subject, case)).then(|| judge_here(subject, case, seed, spare));
        match ground::failed(subject, case, |ground| judge(subject, ground, seed, spare, false)) {
            Some(ground) => without_ground(subject, case, &ground, seed),
            None => own.unwrap_or_else(|| judge_here(subject, case, seed, spare)),
        }
    };
    verdicts::judged_once(subject, case, || ground::judged_by_one_process(subject, case, judge_it))
}

/// Runs a case, and compares the result with what the author of the factory expects.
fn judge_here(subject: &'static Subject, case: &'static Case, seed: Seed, spare: &dyn Fn()) -> CaseReport {
    let begun = Instant::now();
    let run = run_case(subject, case, seed, spare);
    let time = begun.elapsed();
    let expected = scope::expected(&subject.settings, case);
    let nothing_to_judge_by = || run.history.not_judged().filter(|_| run.failure.is_none() && expected.is_none());
    let not_judged = run.excuse.clone().or_else(nothing_to_judge_by);
    let (outcome, diagnosis) = match (&run.failure, expected) {
        _ if not_judged.is_some() => (Outcome::NotJudged { reason: not_judged.unwrap_or_default() }, None),
        (None, None) => (Outcome::Passed, None),
        (Some(failure), _) => {
            let (report, diagnosis) = explain(subject, case, &run, failure);
            (failed(report, expected), Some(diagnosis))
        }
        (None, Some((name, reason))) => {
            let (report, diagnosis) = explain(subject, case, &run, &Failure::Passed { name, reason });
            (Outcome::Failed { report }, Some(diagnosis))
        }
    };
    CaseReport { outcome, diagnosis, notes: run.history.notes(), time, ..CaseReport::of(case) }
}

/// The report of a case that was not run, since it stands on one that failed.
fn without_ground(subject: &Subject, case: &Case, ground: &str, seed: Seed) -> CaseReport {
    let report = stands_on(subject, case, ground, seed);
    let outcome = failed(report, scope::expected(&subject.settings, case));
    CaseReport { outcome, ground: Some(ground.to_owned()), ..CaseReport::of(case) }
}

fn failed(report: String, expected: Option<(&str, &str)>) -> Outcome {
    match expected {
        None => Outcome::Failed { report },
        Some((_, reason)) => Outcome::FailedAsExpected { reason: reason.to_owned(), report },
    }
}
