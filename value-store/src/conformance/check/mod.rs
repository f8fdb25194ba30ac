//! Runs the suite from any program, without `cargo test`.

mod case;
mod cause;
mod ground;
mod json;
mod markdown;
mod report;
mod scope;

use std::num::NonZero;
use std::panic::Location;
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;
use std::time::{Duration, Instant};

pub use self::case::run;
pub use self::cause::Cause;
pub use self::report::Report;
pub use crate::conformance::judge::{CaseReport, Diagnosis, Outcome};

use self::case::judge;
use crate::conformance::records::Records;
use crate::conformance::session::Seed;
use crate::conformance::subject::{
    Claim, Explain, Opening, Returned, Runtime, Settings, Store, Subject, into_store, opening,
};
use crate::conformance::suite::{CASES, Case};
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
        settings: Settings::DEFAULT,
        claims: Vec::new(),
        skipped: Vec::new(),
        expected: Vec::new(),
        only: Vec::new(),
        seed: None,
        threads: None,
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
    settings: Settings,
    claims: Vec<Claim>,
    skipped: Vec<(String, String)>,
    expected: Vec<(String, String)>,
    only: Vec<String>,
    seed: Option<Seed>,
    threads: Option<usize>,
}

impl Check {
    /// Sets the name of the store in the report. The default is "store".
    pub fn named(mut self, name: impl Into<String>) -> Self {
        self.name = name.into();
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

    /// Sets how long a whole case may take. The default is 30 s.
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

    /// Runs the cases, and returns how each of them ended. It blocks this thread, and returns even if the store hangs.
    ///
    /// Each run leaks a few hundred bytes, since what a store leaves running may still use them.
    #[must_use = "the report is all that comes of it"]
    pub fn run(self) -> Report {
        let begun = Instant::now();
        let seed = self.seed.unwrap_or_else(Seed::of_this_process);
        let threads = self.threads.unwrap_or_else(|| thread::available_parallelism().map_or(1, NonZero::get));
        let is_asked_for = |case: &&Case| self.only.is_empty() || self.only.iter().any(|name| case.is_named(name));
        let cases: Vec<&'static Case> = CASES.iter().filter(is_asked_for).collect();
        let subject = self.into_subject();
        let cases = side_by_side(threads, cases.len(), |index| match scope::ignored(&subject.settings, cases[index]) {
            Some(reason) => CaseReport::ignored(cases[index], &reason),
            None => judge(subject, cases[index], seed),
        });
        ground::forget(subject);
        Report { name: subject.name.to_owned(), seed: seed.0, cases, time: begun.elapsed() }
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
