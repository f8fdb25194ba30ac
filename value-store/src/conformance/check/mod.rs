//! The suite from any program, without `cargo test`.

mod case;
mod json;
mod markdown;
mod report;

use std::num::NonZero;
use std::panic::Location;
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;
use std::time::{Duration, Instant};

pub use self::case::run;
pub use self::report::Report;
pub use crate::conformance::judge::{CaseReport, Outcome};

use self::case::judge;
use crate::conformance::records::Records;
use crate::conformance::session::Seed;
use crate::conformance::subject::{
    Claim, Explain, Opening, Returned, Runtime, Settings, Store, Subject, into_store, opening,
};
use crate::conformance::suite::{CASES, Case};
use crate::conformance::world::Context;

/// Checks the stores that a factory opens against the suite, in any program: for a scorecard, for a harness of your own, or
/// to try a store out. What `cargo test` is to show case by case is better annotated with
/// [`value_store_tests`](crate::value_store_tests).
///
/// The factory is an async function or closure that takes the [`Context`] and returns what an annotated one may return: a
/// store, or a `Result` of one. The rest is said on the [`Check`], and [`run`](Check::run) runs it.
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
    // What cases leave running when they hang may still use the factory.
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
/// The methods stand for the words of the attribute. Cases are named as there, by their family, `overwrite`, or by family
/// and name, `overwrite::second_put_wins`.
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
    /// Calls the store this in the report. Without it, it is called "store".
    pub fn named(mut self, name: impl Into<String>) -> Self {
        self.name = name.into();
        self
    }

    /// Holds the store to what it promises beyond the contract. Called again, it adds a claim.
    pub fn claim(mut self, claim: Claim) -> Self {
        self.claims.push(claim);
        self
    }

    /// How long a put may take to be seen through other handles, where `shared` or `convergent` is claimed; nothing without
    /// it.
    pub fn propagation(mut self, bound: Duration) -> Self {
        self.settings.propagation = bound;
        self
    }

    /// The longest key that the store takes, in bytes.
    ///
    /// # Panics
    ///
    /// When that is less than 16, which the suite needs to tell its keys apart.
    pub fn max_key_len(mut self, bytes: usize) -> Self {
        self.settings.max_key_len = Some(limit("max_key_len", bytes));
        self
    }

    /// The longest value that the store takes, in bytes.
    ///
    /// # Panics
    ///
    /// When that is less than 16, which the suite needs to tell its values apart.
    pub fn max_value_len(mut self, bytes: usize) -> Self {
        self.settings.max_value_len = Some(limit("max_value_len", bytes));
        self
    }

    /// Says that the network takes only records that it can validate, and what makes them.
    pub fn records(mut self, records: impl Records + 'static) -> Self {
        self.settings.records = Some(Box::leak(Box::new(records)));
        self
    }

    /// Ignores a case or a family, and shows the reason.
    ///
    /// # Panics
    ///
    /// When the suite has none of that name.
    pub fn skip(mut self, name: &str, reason: impl Into<String>) -> Self {
        self.skipped.push((known(name), reason.into()));
        self
    }

    /// Runs a case or a family, and expects it to fail: that it passes is a failure then.
    ///
    /// # Panics
    ///
    /// When the suite has none of that name.
    pub fn expect_failure(mut self, name: &str, reason: impl Into<String>) -> Self {
        self.expected.push((known(name), reason.into()));
        self
    }

    /// Runs this case or family, and no other that was not named so, too. The report has only those.
    ///
    /// # Panics
    ///
    /// When the suite has none of that name.
    pub fn only(mut self, name: &str) -> Self {
        self.only.push(known(name));
        self
    }

    /// How long a case may take as a whole; 30 s without it.
    pub fn deadline(mut self, deadline: Duration) -> Self {
        self.settings.deadline = deadline;
        self
    }

    /// How late a call may end that timed out; 100 ms without it.
    pub fn grace(mut self, grace: Duration) -> Self {
        self.settings.grace = grace;
        self
    }

    /// What everything random comes from. Without it, that is the environment's `VALUE_STORE_SEED` or a fresh one. The
    /// report has it.
    pub fn seed(mut self, seed: u64) -> Self {
        self.seed = Some(Seed(seed));
        self
    }

    /// Runs each case on a runtime of several threads: so many, or as many as tokio chooses. Without it, a case has a runtime
    /// of one thread.
    pub fn multi_thread(mut self, worker_threads: Option<NonZero<usize>>) -> Self {
        self.settings.runtime = Runtime::MultiThread { worker_threads: worker_threads.map(NonZero::get) };
        self
    }

    /// Runs each case on a runtime of one thread whose clock stands still, and jumps ahead when there is nothing to do.
    pub fn start_paused(mut self) -> Self {
        self.settings.runtime = Runtime::CurrentThread { start_paused: true };
        self
    }

    /// Runs so many cases side by side. Without it, as many as the machine does at a time; more are quicker where the store
    /// makes them wait.
    pub fn threads(mut self, threads: NonZero<usize>) -> Self {
        self.threads = Some(threads.get());
        self
    }

    /// Runs the cases, and returns how each of them ended. It blocks this thread, and ends even if the store hangs.
    ///
    /// Each run leaves a few hundred bytes behind for as long as the process lives, since what a store leaves running may
    /// still use them.
    #[must_use = "the report is all that comes of it"]
    pub fn run(self) -> Report {
        let begun = Instant::now();
        let seed = self.seed.unwrap_or_else(Seed::of_this_process);
        let threads = self.threads.unwrap_or_else(|| thread::available_parallelism().map_or(1, NonZero::get));
        let is_asked_for = |case: &&Case| self.only.is_empty() || self.only.iter().any(|name| case.is_named(name));
        let cases: Vec<&'static Case> = CASES.iter().filter(is_asked_for).collect();
        let ignored: Vec<_> = cases.iter().map(|case| self.ignored(case)).collect();
        let subject = self.into_subject();
        let cases = side_by_side(threads, cases.len(), |index| match &ignored[index] {
            Some(reason) => CaseReport::ignored(cases[index], reason),
            None => judge(subject, cases[index], seed),
        });
        Report { name: subject.name.to_owned(), seed: seed.0, cases, time: begun.elapsed() }
    }

    /// Why a case does not run, if it does not.
    fn ignored(&self, case: &Case) -> Option<String> {
        let skipped = self.skipped.iter().find(|(name, _)| case.is_named(name));
        skipped.map(|(_, reason)| reason.clone()).or_else(|| self.unmet(case))
    }

    fn unmet(&self, case: &Case) -> Option<String> {
        let is_given = |need: &str| match need {
            "max_key_len" => self.settings.max_key_len.is_some(),
            "max_value_len" => self.settings.max_value_len.is_some(),
            "records" => self.settings.records.is_some(),
            claim => self.claims.iter().any(|given| given.word() == claim),
        };
        let missing: Vec<_> = case.needs.iter().filter(|need| !is_given(need)).map(|need| written(need)).collect();
        if !missing.is_empty() {
            return Some(format!("not claimed: {}", missing.join(", ")));
        }
        let is_out_of_place = case.unless.iter().any(|word| is_given(word));
        is_out_of_place.then(|| "records: it is about keys or values of any bytes".to_owned())
    }

    fn into_subject(self) -> &'static Subject {
        let expected: Vec<_> = self.expected.into_iter().map(|(name, reason)| (leak(name), leak(reason))).collect();
        Box::leak(Box::new(Subject {
            name: leak(self.name),
            module: "",
            file: self.place.file(),
            line: self.place.line(),
            open: Box::leak(self.open),
            settings: Settings { claims: self.claims.leak(), expect_failure: expected.leak(), ..self.settings },
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

fn written(need: &str) -> String {
    if need.starts_with("max_") || need == "records" { format!("{need} = …") } else { need.to_owned() }
}

/// Does `work` for each number below `count`, so many at a time, and returns the results in order.
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
