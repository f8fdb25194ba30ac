//! Runs the suite from any program, without `cargo test`.

mod ahead;
mod case;
mod cause;
mod ground;
mod json;
mod markdown;
mod progress;
mod report;
mod scope;
mod selection;
mod staleness;
mod verdicts;

use std::num::NonZero;
use std::panic::Location;
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;
use std::time::{Duration, Instant};

pub use self::case::run;
pub use self::cause::Cause;
pub use self::progress::Progress;
pub use self::report::Report;
pub use self::staleness::{Arrival, Staleness};
pub use crate::conformance::judge::{CaseReport, Diagnosis, Outcome};

use self::case::judge;
use crate::conformance::judge::serve;
use crate::conformance::records::Records;
use crate::conformance::session::Seed;
use crate::conformance::subject::{
    Claim, Explain, Opening, Returned, Runtime, Settings, Store, Subject, into_store, opening,
};
use crate::conformance::suite::{CASES, Case};
use crate::conformance::victim;
use crate::conformance::world::Context;

/// Prepares a run of the suite against the stores that a factory opens, from any program: for a scorecard, for your own
/// harness, or to try a store out. If `cargo test` should show the cases one by one, annotate the factory with
/// [`value_store_tests`](crate::value_store_tests) instead.
///
/// The factory is an async function or closure that takes the [`Context`]. It returns what an annotated factory may
/// return: a store, or a `Result` of one. The methods of [`Check`] configure the run, and [`run`](Check::run) starts
/// it.
///
/// ```
/// use value_store::conformance::{Claim, check};
/// use value_store::{Context, stores::MemoryStore};
///
/// async fn memory(context: &Context) -> MemoryStore {
///     let store = MemoryStore::new();
///     context.member(store.peer_id());
///     store
/// }
///
/// let report = check(memory).named("memory").claim(Claim::Settled).run();
/// assert!(report.is_success(), "{report}");
/// ```
#[track_caller]
pub fn check<F, R, Kind, ErrorKind>(factory: F) -> Check
where
    F: AsyncFn(&'static Context) -> R + Send + Sync + 'static,
    R: Returned<Kind, Store: Store, Error: Explain<ErrorKind>> + 'static,
{
    // When a case hangs, what it leaves running may still use the factory.
    let factory: &'static F = Box::leak(Box::new(factory));
    let open = Box::new(move |context| opening(async move { into_store(factory(context).await) }));
    Check {
        open,
        place: Location::caller(),
        name: "store".to_owned(),
        version: None,
        settings: Settings::DEFAULT,
        claims: Vec::new(),
        skipped: Vec::new(),
        expected: Vec::new(),
        only: Vec::new(),
        seed: None,
        threads: None,
        measures_staleness: false,
        watch: Box::new(|_| {}),
    }
}

/// A run of the suite that is being prepared: see [`check`].
///
/// The methods have the names of the words of the attribute. As in the attribute, a name stands for a whole family,
/// such as `overwrite`, or for one case, such as `overwrite::second_put_wins`.
#[must_use = "nothing runs before `run` is called"]
pub struct Check {
    open: Box<dyn Fn(&'static Context) -> Opening + Send + Sync>,
    place: &'static Location<'static>,
    name: String,
    version: Option<String>,
    settings: Settings,
    claims: Vec<Claim>,
    skipped: Vec<(String, String)>,
    expected: Vec<(String, String)>,
    only: Vec<String>,
    seed: Option<Seed>,
    threads: Option<usize>,
    measures_staleness: bool,
    watch: Box<dyn Fn(Progress<'_>) + Send + Sync>,
}

impl Check {
    /// Sets the name of the store in the report. The default is "store".
    pub fn named(mut self, name: impl Into<String>) -> Self {
        self.name = name.into();
        self
    }

    /// Sets the version of the store in the report. There is none by default.
    pub fn version(mut self, version: impl Into<String>) -> Self {
        self.version = Some(version.into());
        self
    }

    /// Adds a claim: a promise of the store beyond the contract. The cases that need it run, too.
    pub fn claim(mut self, claim: Claim) -> Self {
        self.claims.push(claim);
        self
    }

    /// Sets how long a put may take to be seen through other handles, for a store that claims `shared` or `convergent`.
    /// The default is zero.
    pub fn propagation(mut self, bound: Duration) -> Self {
        self.settings.propagation = bound;
        self
    }

    /// Declares the length of the longest key that the store takes, in bytes.
    ///
    /// # Panics
    ///
    /// If that is less than 16: the suite needs as many bytes to tell its keys apart.
    pub fn max_key_len(mut self, bytes: usize) -> Self {
        self.settings.max_key_len = Some(limit("max_key_len", bytes));
        self
    }

    /// Declares the length of the longest value that the store takes, in bytes.
    ///
    /// # Panics
    ///
    /// If that is less than 16: the suite needs as many bytes to tell its values apart.
    pub fn max_value_len(mut self, bytes: usize) -> Self {
        self.settings.max_value_len = Some(limit("max_value_len", bytes));
        self
    }

    /// Declares that the network takes only records that it can validate, and sets what makes such records.
    pub fn records(mut self, records: impl Records + 'static) -> Self {
        self.settings.records = Some(Box::leak(Box::new(records)));
        self
    }

    /// Ignores a case or a family. The report shows the reason.
    ///
    /// # Panics
    ///
    /// If the suite has no case and no family of that name.
    pub fn skip(mut self, name: &str, reason: impl Into<String>) -> Self {
        self.skipped.push((known(name), reason.into()));
        self
    }

    /// Runs a case or a family, and expects it to fail. A case that passes then counts as a failure.
    ///
    /// # Panics
    ///
    /// If the suite has no case and no family of that name.
    pub fn expect_failure(mut self, name: &str, reason: impl Into<String>) -> Self {
        self.expected.push((known(name), reason.into()));
        self
    }

    /// Runs only this case or family. Called again, it adds another. The report has only the cases that were named.
    ///
    /// # Panics
    ///
    /// If the suite has no case and no family of that name.
    pub fn only(mut self, name: &str) -> Self {
        self.only.push(known(name));
        self
    }

    /// Judges cases even where one that they stand on has failed. Otherwise each of them fails with a report that names that
    /// case, as the environment variable `VALUE_STORE_ANYWAY` also prevents.
    pub fn anyway(mut self) -> Self {
        self.settings.anyway = true;
        self
    }

    /// Sets the command line that makes this check, for a program that others run: `my-command check store`. Reports say how to
    /// run a case again with it, so it must take `--seed SEED`, `--only CASE` and `--anyway`, which stand for the methods of
    /// these names. They leave out where [`check`] was called.
    pub fn command(mut self, line: impl Into<String>) -> Self {
        self.settings.command = Some(leak(line.into()));
        self
    }

    /// Calls this function whenever a case begins or ends, from the thread that runs the case.
    ///
    /// ```
    /// use value_store::conformance::{Progress, check};
    /// use value_store::stores::MemoryStore;
    ///
    /// let report = check(async |_| MemoryStore::new())
    ///     .only("round_trip")
    ///     .watch(|progress| match progress {
    ///         Progress::Planned { cases } => println!("{cases} cases"),
    ///         Progress::Begun { case } => println!("{case} ..."),
    ///         Progress::Ended { case } => println!("{}: {}", case.name, case.outcome),
    ///         _ => {}
    ///     })
    ///     .run();
    /// assert!(report.is_success(), "{report}");
    /// ```
    pub fn watch(mut self, watch: impl Fn(Progress<'_>) + Send + Sync + 'static) -> Self {
        self.watch = Box::new(watch);
        self
    }

    /// Sets how long a whole case may take, beside what it waits for [propagation](Self::propagation). The default is 30 s.
    pub fn deadline(mut self, deadline: Duration) -> Self {
        self.settings.deadline = deadline;
        self
    }

    /// Sets how late after its timeout a call may end. The default is 100 ms.
    pub fn grace(mut self, grace: Duration) -> Self {
        self.settings.grace = grace;
        self
    }

    /// Sets the seed of everything random. The default is the environment variable `VALUE_STORE_SEED`, or a fresh seed
    /// if that is not set. The report has the seed.
    pub fn seed(mut self, seed: u64) -> Self {
        self.seed = Some(Seed(seed));
        self
    }

    /// Runs each case on a runtime of this many threads, or of as many as tokio chooses. The default is a runtime of
    /// one thread.
    pub fn multi_thread(mut self, worker_threads: Option<NonZero<usize>>) -> Self {
        self.settings.runtime = Runtime::MultiThread { worker_threads: worker_threads.map(NonZero::get) };
        self
    }

    /// Runs each case on a runtime of one thread with a paused clock, which jumps ahead when no task can run.
    pub fn start_paused(mut self) -> Self {
        self.settings.runtime = Runtime::CurrentThread { start_paused: true };
        self
    }

    /// Sets how many cases run at the same time. The default is the parallelism of the machine. More are quicker if the
    /// store makes the cases wait.
    pub fn threads(mut self, threads: NonZero<usize>) -> Self {
        self.threads = Some(threads.get());
        self
    }

    /// Looks, when the cases have ended, at how stale the reads of the store are, and tells it in
    /// [`Report::staleness`]. No verdict hangs on that, whatever happens meanwhile. A store that claims `linearizable` or
    /// `convergent` is not looked at: it has said itself how stale its reads may be.
    ///
    /// If the store is shared, there are three handles, of which one puts and all get; otherwise there is one. In each of ten
    /// rounds, four values are put to a key, and after each put, each handle gets the key twice. Then each handle gets it until
    /// it has returned the last value three times in a row, for a second at most, or for the declared propagation time if that
    /// is longer. When 2 s have passed, or a tenth of the deadline, no round begins, and the one that is under way makes no more
    /// puts. So a quick store that does not lag is done in some milliseconds, and one that lags after some 3 s. What has not
    /// ended after 10 s, or the deadline if that is shorter, and the wait for a value is left. A value is waited for 10 s at
    /// most. A store that fails `round_trip::put_then_get` is not looked at.
    pub fn staleness(mut self) -> Self {
        self.measures_staleness = true;
        self
    }

    /// Runs the cases, and returns how each of them ended. It blocks this thread, and returns even if the store hangs.
    ///
    /// Each run leaks a few hundred bytes, since what a store leaves running may still use them.
    #[must_use = "the report is all that comes of it"]
    pub fn run(mut self) -> Report {
        let begun = Instant::now();
        if victim::is_victim() {
            return self.in_a_victim();
        }
        let seed = self.seed.unwrap_or_else(Seed::of_this_process);
        let threads = self.threads.unwrap_or_else(|| thread::available_parallelism().map_or(1, NonZero::get));
        let is_asked_for = |case: &&Case| self.only.is_empty() || self.only.iter().any(|name| case.is_named(name));
        let cases: Vec<&'static Case> = CASES.iter().filter(is_asked_for).collect();
        let (watch, version) = (std::mem::replace(&mut self.watch, Box::new(|_| {})), self.version.take());
        let claims = self.claims.iter().map(|claim| claim.word().to_owned()).collect();
        let measures_staleness = self.measures_staleness;
        let subject = self.into_subject();
        let planned = cases.iter().filter(|case| scope::ignored(subject, case).is_none()).count();
        watch(Progress::Planned { cases: planned });
        let cases = side_by_side(threads, cases.len(), |index| {
            let case = cases[index];
            if let Some(reason) = scope::ignored(subject, case) {
                return CaseReport::ignored(case, &reason);
            }
            watch(Progress::Begun { case: case.path });
            let judged = judge(subject, case, seed, &|| (), false);
            watch(Progress::Ended { case: &judged });
            judged
        });
        verdicts::forget(subject);
        let returns_nothing = cases
            .iter()
            .any(|case| case.name == "round_trip::put_then_get" && matches!(case.outcome, Outcome::Failed { .. }));
        // Alone, so that it is the store that is slow, and not the machine.
        let staleness = if measures_staleness && !returns_nothing { staleness::measure(subject, seed) } else { None };
        Report { version, claims, seed: seed.0, cases, staleness, time: begun.elapsed(), ..Report::of(subject.name) }
    }

    /// Serves the judge in the process that has started this one, if that waits for this check. Otherwise does nothing.
    fn in_a_victim(self) -> Report {
        let subject = self.into_subject();
        if let Some(seat) = victim::expected_here(&victim::name(subject, "")) {
            serve(subject, seat);
        }
        Report::of(subject.name)
    }

    fn into_subject(self) -> &'static Subject {
        let leaked = |named: Vec<(String, String)>| -> &'static [_] {
            named.into_iter().map(|(name, reason)| (leak(name), leak(reason))).collect::<Vec<_>>().leak()
        };
        let (claims, skip, expect_failure) = (self.claims.leak(), leaked(self.skipped), leaked(self.expected));
        Box::leak(Box::new(Subject {
            name: leak(self.name),
            module: "",
            file: self.place.file(),
            line: self.place.line(),
            open: Box::leak(self.open),
            settings: Settings { claims, skip, expect_failure, ..self.settings },
        }))
    }
}

/// The names of all cases, such as `overwrite::second_put_wins`, in the order of the suite. What stands before the colons
/// is the family.
pub fn case_names() -> impl Iterator<Item = &'static str> {
    CASES.iter().map(|case| case.path)
}

fn leak(text: String) -> &'static str {
    text.leak()
}

fn limit(word: &str, bytes: usize) -> usize {
    const SMALLEST: usize = 16;
    assert!(bytes >= SMALLEST, "{word}({bytes}): the suite needs {SMALLEST} bytes to tell its keys and values apart");
    bytes
}

fn known(name: &str) -> String {
    let is_known = CASES.iter().any(|case| case.is_named(name));
    assert!(is_known, "the suite has no case and no family `{name}`; a case is named `family::case`");
    name.to_owned()
}

/// Does `work` for each number below `count`, on `threads` threads, and returns the results in order.
fn side_by_side<T: Send>(threads: usize, count: usize, work: impl Fn(usize) -> T + Sync) -> Vec<T> {
    let (next, results) = (AtomicUsize::new(0), Mutex::new(Vec::with_capacity(count)));
    thread::scope(|scope| {
        for _ in 0..threads.min(count) {
            scope.spawn(|| {
                loop {
                    let index = next.fetch_add(1, Ordering::Relaxed);
                    if index >= count {
                        break;
                    }
                    let result = work(index);
                    results.lock().unwrap_or_else(|_| unreachable!("nothing panics with it")).push((index, result));
                }
            });
        }
    });
    let mut results = results.into_inner().unwrap_or_else(|_| unreachable!("nothing panics with it"));
    results.sort_unstable_by_key(|(index, _)| *index);
    results.into_iter().map(|(_, result)| result).collect()
}
