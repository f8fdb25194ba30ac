//! The verdicts of this process: each case is judged once for each factory.

use std::collections::HashMap;
use std::sync::{Arc, LazyLock, Mutex, MutexGuard, OnceLock, PoisonError};
use std::thread::{self, ThreadId};

use crate::conformance::judge::CaseReport;
use crate::conformance::subject::Subject;
use crate::conformance::suite::Case;

/// The verdicts so far, and places for those to come, by the address of the subject and the case.
type Verdicts = HashMap<(usize, &'static str), Arc<OnceLock<Verdict>>>;

#[derive(Debug)]
struct Verdict {
    report: CaseReport,
    judged_on: ThreadId,
}

fn verdicts() -> MutexGuard<'static, Verdicts> {
    static VERDICTS: LazyLock<Mutex<Verdicts>> = LazyLock::new(Mutex::default);
    VERDICTS.lock().unwrap_or_else(PoisonError::into_inner)
}

fn key(subject: &'static Subject, case: &Case) -> (usize, &'static str) {
    (std::ptr::from_ref(subject).addr(), case.path)
}

/// Judges a case if that was not done before. Whoever asks meanwhile waits for the verdict.
pub(super) fn judged_once(
    subject: &'static Subject,
    case: &'static Case,
    judge: impl FnOnce() -> CaseReport,
) -> CaseReport {
    let verdict = Arc::clone(verdicts().entry(key(subject, case)).or_default());
    verdict.get_or_init(|| Verdict { report: judge(), judged_on: thread::current().id() }).report.clone()
}

/// The verdict on a case, if there is one by now.
pub(super) fn so_far(subject: &'static Subject, case: &'static Case) -> Option<CaseReport> {
    let verdict = verdicts().get(&key(subject, case)).cloned();
    verdict?.get().map(|verdict| verdict.report.clone())
}

/// Whether another thread has judged the case.
pub(super) fn judged_elsewhere(subject: &'static Subject, case: &'static Case) -> bool {
    let verdict = verdicts().get(&key(subject, case)).cloned();
    verdict.is_some_and(|verdict| verdict.get().is_some_and(|verdict| verdict.judged_on != thread::current().id()))
}

/// The first of these cases that nobody has begun. From now on, it counts as begun.
pub(super) fn claim_first(
    subject: &'static Subject,
    mut cases: impl Iterator<Item = &'static Case>,
) -> Option<&'static Case> {
    let mut verdicts = verdicts();
    let case = cases.find(|case| !verdicts.contains_key(&key(subject, case)))?;
    verdicts.insert(key(subject, case), Arc::default());
    Some(case)
}

/// Forgets the verdicts on a subject that nobody asks about any more.
pub(super) fn forget(subject: &'static Subject) {
    let forgotten = std::ptr::from_ref(subject).addr();
    verdicts().retain(|(of, _), _| *of != forgotten);
}
