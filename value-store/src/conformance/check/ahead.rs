//! Cases that begin before `cargo test` asks for them.
//!
//! It runs as many tests at a time as there are cores. On a store that is far away, most of a case is waiting, so the cores
//! would be idle. While a case waits and the machine has time to spare, the next ones that will be asked for begin here. When
//! they are asked for, they are under way or done.
//!
//! A case that nobody selected does not begin, and none does if somebody has said how many tests may run at a time.

use std::num::NonZero;
use std::sync::{LazyLock, Mutex, MutexGuard, OnceLock, PoisonError};
use std::thread;
use std::time::{Duration, Instant};

use cpu_time::ProcessTime;

use super::selection::Selection;
use super::{scope, verdicts};
use crate::conformance::judge::CaseReport;
use crate::conformance::subject::Subject;
use crate::conformance::suite::{CASES, Case};
use crate::conformance::victim;

/// How many cases are under way at the same time, at most. What a case needs of memory and of open files, all of them need at
/// once. With more cores, more are asked for at the same time, and none begins ahead.
const MOST: usize = 32;

/// How much of the time of all cores this process may use for others to begin. Cases that compute would only delay each other:
/// as many as there are cores use all of it.
const SHARE: f64 = 0.5;

/// Over how long that is measured, at least.
const MEASURED_OVER: Duration = Duration::from_millis(40);

/// Judges a case, and calls the function now and then while the case waits and the machine answers quickly. The last argument
/// says whether the case begins ahead.
pub(super) type Judge = fn(&'static Subject, &'static Case, &dyn Fn(), bool) -> CaseReport;

/// Judges a case that was asked for, if it has not begun already. Otherwise waits for its verdict.
pub(super) fn judged(subject: &'static Subject, case: &'static Case, judge: Judge) -> CaseReport {
    let Some(selection) = selection() else { return judge(subject, case, &|| (), false) };
    let _place = Place::take(&mut ahead());
    judge(subject, case, &|| begin_next(subject, judge, selection), false)
}

/// Begins the next case that will be asked for, on a thread of its own, if there is time to spare.
fn begin_next(subject: &'static Subject, judge: Judge, selection: &'static Selection) {
    let mut ahead = ahead();
    if ahead.under_way >= MOST || !ahead.load.is_light() {
        return;
    }
    let may_begin = |case: &&'static Case| {
        // Whether there is a disk that can fail was decided when the tests were built.
        !case.needs.contains(&"disk")
            && selection.has(&victim::name(subject, case.path))
            && scope::ignored(subject, case).is_none()
    };
    let Some(case) = verdicts::claim_first(subject, in_order().iter().copied().filter(may_begin)) else { return };
    let place = Place::take(&mut ahead);
    drop(ahead);
    let judge_it = move || {
        let _place = place;
        judge(subject, case, &|| begin_next(subject, judge, selection), true);
    };
    // If the system gives no thread, the case is judged when it is asked for.
    drop(thread::Builder::new().name("ahead".into()).spawn(judge_it));
}

/// The cases that `cargo test` runs in this process.
struct Ahead {
    under_way: usize,
    load: Load,
}

fn ahead() -> MutexGuard<'static, Ahead> {
    static AHEAD: LazyLock<Mutex<Ahead>> = LazyLock::new(|| Mutex::new(Ahead { under_way: 0, load: Load::from_now() }));
    AHEAD.lock().unwrap_or_else(PoisonError::into_inner)
}

/// The place of a case that is under way, until this is dropped.
struct Place;

impl Place {
    fn take(ahead: &mut Ahead) -> Self {
        ahead.under_way += 1;
        Self
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        ahead().under_way -= 1;
    }
}

/// How much processor time this process uses.
struct Load {
    /// When this was measured last, and the processor time of the process until then. `None` if that cannot be measured.
    last: Option<(Instant, Duration)>,
    is_light: bool,
}

impl Load {
    fn from_now() -> Self {
        Self { last: measured(), is_light: false }
    }

    /// Whether this process leaves most of the machine idle. Where its processor time cannot be measured, it does not.
    fn is_light(&mut self) -> bool {
        if let (Some((then, before)), Some((now, used))) = (self.last, measured())
            && now - then >= MEASURED_OVER
        {
            let cores = thread::available_parallelism().map_or(1, NonZero::get);
            let possible = (now - then).as_secs_f64() * f64::from(u32::try_from(cores).unwrap_or(u32::MAX));
            self.is_light = used.saturating_sub(before).as_secs_f64() < possible * SHARE;
            self.last = Some((now, used));
        }
        self.is_light
    }
}

fn measured() -> Option<(Instant, Duration)> {
    let used = ProcessTime::try_now().ok()?.as_duration();
    Some((Instant::now(), used))
}

/// What was selected of this process's tests, if cases may begin ahead.
fn selection() -> Option<&'static Selection> {
    static SELECTION: OnceLock<Option<Selection>> = OnceLock::new();
    SELECTION.get_or_init(Selection::of_this_process).as_ref()
}

/// The cases in the order in which the runner asks for them: by their names.
fn in_order() -> &'static [&'static Case] {
    static IN_ORDER: LazyLock<Vec<&'static Case>> = LazyLock::new(|| {
        let mut cases: Vec<_> = CASES.iter().collect();
        cases.sort_unstable_by_key(|case| case.path);
        cases
    });
    &IN_ORDER
}
