//! A failing sequence leaves a minimal history, which is the same for the same seed. Other failures that come up while
//! it is shrunk are reported.

use std::collections::HashMap;
use std::pin::Pin;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use async_trait::async_trait;
use bytes::Bytes;

use crate::conformance::history::Failure;
use crate::conformance::history::{Call, Operation};
use crate::conformance::judge::{Run, run_case};
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
fn wrong(put: fn(usize) -> Put) -> impl Fn(&'static Context) -> Opening + Send + Sync {
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

fn run_with(put: fn(usize) -> Put, settings: Settings, case: &str, seed: u64) -> Run {
    run_case(subject(wrong(put), settings), Case::named(case), Seed(seed))
}

fn run(case: &str, seed: u64) -> Run {
    run_with(|_| TWO_PUTS, Settings::DEFAULT, case, seed)
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

#[test]
fn a_failing_history_is_shrunk_to_the_calls_that_it_needs() {
    for seed in 0..20 {
        for case in [PLAIN, MANNERS, RESTARTS] {
            let operations = run(case, seed).history.operations();
            let calls: Vec<_> = operations.iter().map(|operation| operation.call.name()).collect();
            assert_eq!(calls, ["put", "put", "put", "get"], "{case}, seed {seed}");
            assert!(operations.iter().all(|operation| *operation.options == Options::new()), "{case}, seed {seed}");
            assert!(operations.iter().all(|operation| operation.handle == 1), "{case}, seed {seed}");
            let lost = &operations[2];
            assert!(matches!(&lost.call, Call::Put(value) if value == "value3"), "{case}, seed {seed}: {lost:?}");
            assert!(PLAIN_ENDINGS.iter().any(|tail| lost.key.ends_with(tail)), "{case}, seed {seed}: {lost:?}");
        }
    }
}

const PLAIN_ENDINGS: [&[u8]; 4] = [b"a", b"b", b"c", b"d"];

#[test]
fn the_same_seed_leaves_the_same_history() {
    let history = |seed| {
        let run = run(MANNERS, seed);
        (run.history.operations().iter().map(described).collect::<Vec<_>>(), run.history.notes())
    };
    assert_eq!(history(1), history(1));
    assert_ne!(history(1), history(2));
}

#[test]
fn a_report_says_what_was_shrunk() {
    let notes = run(PLAIN, 1).history.notes();
    let [note] = notes.as_slice() else { panic!("one note: {notes:?}") };
    assert!(note.starts_with("a random sequence failed at call ") && note.ends_with("; it was shrunk to 4"), "{note}");
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
        let run = run_case(subject, Case::named(case), Seed(1));
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
    let run = run_case(subject(open, Settings::DEFAULT), Case::named(PLAIN), Seed(1));
    assert!(matches!(run.failure.as_deref(), Some(Failure::Unexpected { .. })), "{:?}", run.failure);
    assert!(worlds.load(Ordering::SeqCst) > 10);
}

/// Runs a store that puts like [`TWO_PUTS`] at first, and as `then` says for later worlds: those in which the suite
/// shrinks.
///
/// A tenth of the deadline has to be enough to find the failure, which takes a few milliseconds of a core. With 32 tests at a
/// time on two cores, that can be a hundred milliseconds and more.
fn run_then(then: fn(usize) -> Put) -> Run {
    let settings = Settings { deadline: Duration::from_secs(15), ..Settings::DEFAULT };
    run_with(then, settings, PLAIN, 1)
}

fn first_worlds(world: usize, then: Put) -> Put {
    if world > 2 { then } else { TWO_PUTS }
}

#[test]
fn a_hang_while_shrinking_is_a_hang() {
    let run = run_then(|world| first_worlds(world, |_, _, _| Box::pin(std::future::pending())));
    assert!(matches!(run.failure.as_deref(), Some(Failure::Hung { .. })), "{:?}", run.failure);
    let operations = run.history.operations();
    let pending = operations.iter().position(|operation| operation.ended.is_none());
    assert_eq!(pending, Some(operations.len() - 1), "the last call, and nothing of the attempts before");
}

#[test]
fn a_panic_while_shrinking_is_a_panic() {
    let run = run_then(|world| first_worlds(world, |_, _, _| panic!("out of place")));
    let Some(Failure::Panicked { message, .. }) = run.failure.as_deref() else { panic!("{:?}", run.failure) };
    assert_eq!(message, "out of place");
}

#[test]
fn shrinking_ends_in_time_on_a_store_that_is_slow() {
    let slowly: fn(usize) -> Put = |world| {
        first_worlds(world, |store, key, value| {
            Box::pin(async move {
                tokio::time::sleep(Duration::from_secs(1)).await;
                store.keep(key, value).await
            })
        })
    };
    let run = run_then(slowly);
    assert!(matches!(run.failure.as_deref(), Some(Failure::Unexpected { .. })), "{:?}", run.failure);
    assert!(run.history.operations().len() > 3);
    assert!(run.history.notes()[0].ends_with(", where shrinking had to stop"), "{:?}", run.history.notes());
}
