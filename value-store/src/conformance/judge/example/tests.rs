//! What a failure is shrunk to, which is the same for the same seed.

use std::collections::HashMap;
use std::pin::Pin;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use async_trait::async_trait;
use bytes::Bytes;

use crate::conformance::history::Failure;
use crate::conformance::history::{Call, Operation};
use crate::conformance::judge::{Run, Search, run_case};
use crate::conformance::session::Seed;
use crate::conformance::subject::{Opening, Settings, Subject, into_store, opening};
use crate::conformance::suite::Case;
use crate::stores::MemoryStore;
use crate::{Context, Error, GetValueResult, Options, ValueStore};

const PLAIN: &str = "model::random_operations_match_a_map";
const MANNERS: &str = "model::with_options_and_timeouts";
const RESTARTS: &str = "model::with_reopening";

/// A store in memory with its own way to put. It outlives a restart.
struct Wrong {
    values: MemoryStore,
    puts: AtomicUsize,
    put: Put,
}

type Put = for<'a> fn(&'a Wrong, &'a [u8], Bytes) -> Pin<Box<dyn Future<Output = Result<(), Error>> + Send + 'a>>;

#[async_trait]
impl ValueStore for Wrong {
    async fn put(&self, key: &[u8], value: Bytes, _: &Options) -> Result<(), Error> {
        (self.put)(self, key, value).await
    }

    async fn get(&self, key: &[u8], options: &Options) -> Result<GetValueResult, Error> {
        self.values.get(key, options).await
    }
}

impl Wrong {
    async fn keep(&self, key: &[u8], value: Bytes) -> Result<(), Error> {
        self.values.put(key, value, &Options::new()).await
    }
}

/// Stores the first two puts, and loses the later ones, whatever their keys.
const TWO_PUTS: Put = |store, key, value| {
    Box::pin(async move {
        if store.puts.fetch_add(1, Ordering::SeqCst) >= 2 { Ok(()) } else { store.keep(key, value).await }
    })
};

fn subject(open: impl Fn(&'static Context) -> Opening + Send + Sync + 'static, settings: Settings) -> &'static Subject {
    let open = Box::leak(Box::new(open));
    Box::leak(Box::new(Subject { name: "wrong", module: "wrong", file: "", line: 0, open, settings }))
}

/// Opens stores that put as `put` says for the number of their world.
fn wrong(put: impl Fn(usize) -> Put + Send + Sync + 'static) -> impl Fn(&'static Context) -> Opening + Send + Sync {
    let stores: Mutex<HashMap<usize, Arc<Wrong>>> = Mutex::default();
    move |context| {
        let mut stores = stores.lock().unwrap();
        let world = stores.len() + 1;
        let store = stores.entry(std::ptr::from_ref(context).addr()).or_insert_with(|| {
            Arc::new(Wrong { values: MemoryStore::new(), puts: AtomicUsize::new(0), put: put(world) })
        });
        let store = Arc::clone(store);
        opening(async { into_store(store) })
    }
}

fn run_with(put: impl Fn(usize) -> Put + Send + Sync + 'static, settings: Settings, case: &str, seed: u64) -> Run {
    run_case(subject(wrong(put), settings), Case::named(case), Seed(seed), &|| ())
}

fn run(case: &str, seed: u64) -> Run {
    // A tenth of the deadline is enough to shrink, however busy the machine is.
    let settings = Settings { deadline: Duration::from_secs(600), ..Settings::DEFAULT };
    run_with(|_| TWO_PUTS, settings, case, seed)
}

/// All that is recorded of a call, without its times.
fn described(operation: &Operation) -> String {
    let Operation { handle, call, key, options, .. } = operation;
    format!(
        "{handle} {call:?} {} {options:?} {:?}",
        key.escape_ascii(),
        operation.outcome().map(std::mem::discriminant)
    )
}

/// The calls of the smallest run.
fn smallest(run: &Run) -> Vec<Operation> {
    match &run.search {
        Some(Search::Found(example)) => example.history.operations(),
        _ => panic!("a smaller run: {:?}", run.failure),
    }
}

#[test]
fn a_failing_history_is_shrunk_to_the_calls_that_it_needs() {
    for seed in 0..20 {
        for case in [PLAIN, MANNERS, RESTARTS] {
            let operations = smallest(&run(case, seed));
            let calls: Vec<_> = operations.iter().map(|operation| operation.call.name()).collect();
            assert_eq!(calls, ["put", "put", "put", "get"], "{case}, seed {seed}");
            assert!(operations.iter().all(|operation| *operation.options == Options::new()), "{case}, seed {seed}");
            let values: Vec<_> = operations
                .iter()
                .filter_map(|operation| match &operation.call {
                    Call::Put(value) => Some(value.len()),
                    Call::Get => None,
                })
                .collect();
            assert!(values.iter().all(|length| *length <= 8), "{case}, seed {seed}: {values:?}");
        }
    }
}

/// The calls of a case that makes hundreds, of which one is needed.
#[test]
fn a_case_is_shrunk_as_a_random_sequence_is() {
    let operations = smallest(&run("overwrite::hundred_overwrites_last_wins", 1));
    assert_eq!(operations.len(), 4, "{operations:#?}");
}

#[test]
fn the_same_seed_leaves_the_same_history() {
    let history = |seed| smallest(&run(MANNERS, seed)).iter().map(described).collect::<Vec<_>>();
    assert_eq!(history(1), history(1));
    assert_ne!(history(1), history(2));
}

#[test]
fn worlds_may_share_a_backend() {
    let backend = MemoryStore::new();
    let open = move |_: &'static Context| {
        let store = backend.clone();
        opening(async { into_store(store) })
    };
    let subject = subject(open, Settings::DEFAULT);
    for case in [PLAIN, MANNERS] {
        let run = run_case(subject, Case::named(case), Seed(1), &|| ());
        assert!(run.failure.is_none(), "{:?}", run.failure);
    }
}

#[test]
fn each_attempt_ends_its_world_before_the_next() {
    struct Guard(Arc<AtomicUsize>);
    impl Drop for Guard {
        fn drop(&mut self) {
            self.0.fetch_sub(1, Ordering::SeqCst);
        }
    }
    let (open_worlds, worlds) = (Arc::new(AtomicUsize::new(0)), Arc::new(AtomicUsize::new(0)));
    let (inner, all) = (wrong(|_| TWO_PUTS), Arc::clone(&worlds));
    let open = move |context: &'static Context| {
        assert_eq!(open_worlds.fetch_add(1, Ordering::SeqCst), 0, "one at a time");
        all.fetch_add(1, Ordering::SeqCst);
        context.keep(Guard(Arc::clone(&open_worlds)));
        inner(context)
    };
    let run = run_case(subject(open, Settings::DEFAULT), Case::named(PLAIN), Seed(1), &|| ());
    assert!(matches!(run.failure.as_deref(), Some(Failure::Unexpected { .. })), "{:?}", run.failure);
    assert!(worlds.load(Ordering::SeqCst) > 10);
}

/// Runs a store that puts like [`TWO_PUTS`] in the world of the case, and as `then` says in those in which its calls are made
/// again.
fn run_then(then: Put) -> Run {
    let put = move |world| if world > 1 { then } else { TWO_PUTS };
    // A tenth of the deadline is how long an attempt that hangs takes. The case makes a few calls, whatever the time.
    let settings = Settings { deadline: Duration::from_secs(20), ..Settings::DEFAULT };
    run_with(put, settings, "overwrite::empty_value_replaces", 1)
}

#[test]
fn what_does_not_fail_again_is_reported_as_it_was() {
    let run = run_then(|store, key, value| Box::pin(store.keep(key, value)));
    assert!(matches!(run.failure.as_deref(), Some(Failure::Unexpected { .. })), "{:?}", run.failure);
    assert!(matches!(run.search, Some(Search::NotAgain { runs: 1.. })));
}

#[test]
fn a_hang_or_a_panic_in_an_attempt_is_none_of_the_case() {
    let hangs: Put = |_, _, _| Box::pin(std::future::pending());
    let panics: Put = |_, _, _| panic!("out of place");
    for then in [hangs, panics] {
        let run = run_then(then);
        assert!(matches!(run.failure.as_deref(), Some(Failure::Unexpected { .. })), "{:?}", run.failure);
        assert!(!matches!(run.search, Some(Search::Found(_))));
    }
}

/// A store with two copies of each value, of which every other get reads the second. A put reaches that one later.
#[derive(Default)]
struct TwoCopies {
    copies: [MemoryStore; 2],
    gets: AtomicUsize,
}

#[async_trait]
impl ValueStore for TwoCopies {
    async fn put(&self, key: &[u8], value: Bytes, options: &Options) -> Result<(), Error> {
        self.copies[0].put(key, value.clone(), options).await?;
        tokio::task::yield_now().await;
        self.copies[1].put(key, value, options).await
    }

    async fn get(&self, key: &[u8], options: &Options) -> Result<GetValueResult, Error> {
        self.copies[self.gets.fetch_add(1, Ordering::SeqCst) % 2].get(key, options).await
    }
}

#[test]
fn a_call_that_was_held_is_held_when_a_handle_goes_back_again() {
    let open = |_: &'static Context| opening(async { into_store(TwoCopies::default()) });
    let run = run_case(subject(open, Settings::DEFAULT), Case::named("monotonic::gets_amid_a_put"), Seed(1), &|| ());
    assert!(matches!(run.failure.as_deref(), Some(Failure::WentBack(_))), "{:?}", run.failure);
    let calls: Vec<_> = smallest(&run).iter().map(|operation| operation.call.name()).collect();
    assert_eq!(calls, ["put", "get", "get"]);
}
