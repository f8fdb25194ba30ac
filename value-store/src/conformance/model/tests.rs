//! What comes of a sequence that fails: its minimal history, the same for the same seed, and no other failure hidden by it.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use crate::conformance::failure::Failure;
use crate::conformance::history::{Call, Operation};
use crate::conformance::runner::{Run, run_case};
use crate::conformance::seed::Seed;
use crate::conformance::subject::{Settings, Subject};
use crate::conformance::suite::Case;
use crate::conformance::wrong::{Base, RIGHT, SETTINGS, Steps, subject};

const PLAIN: &str = "model::random_operations_match_a_map";
const MANNERS: &str = "model::with_options_and_timeouts";
const RESTARTS: &str = "model::with_reopening";

fn run(steps: Steps, case: &str, seed: u64) -> Run {
    run_case(subject(steps, SETTINGS), Case::named(case), Seed(seed))
}

/// From the third put of any key on, nothing is stored.
const TWO_PUTS: Steps = Steps {
    put: |base, key, value, _| Box::pin(async move { if base.next() >= 2 { Ok(()) } else { base.write(key, value) } }),
    ..RIGHT
};

/// All of a call but its times.
fn described(operation: &Operation) -> String {
    let Operation { handle, call, key, options, .. } = operation;
    format!(
        "{handle} {call:?} {} {options:?} {:?}",
        key.escape_ascii(),
        operation.outcome().map(std::mem::discriminant)
    )
}

#[test]
fn what_is_left_of_a_history_is_what_it_takes() {
    for seed in 0..20 {
        for case in [PLAIN, MANNERS, RESTARTS] {
            let operations = run(TWO_PUTS, case, seed).history.operations();
            let calls: Vec<_> = operations.iter().map(|operation| operation.call.name()).collect();
            assert_eq!(calls, ["put", "put", "put", "get"], "{case}, seed {seed}");
            assert!(
                operations.iter().all(|operation| operation.options == crate::Options::new()),
                "{case}, seed {seed}"
            );
            assert!(operations.iter().all(|operation| operation.handle == 1), "{case}, seed {seed}");
            let lost = &operations[2];
            assert!(matches!(&lost.call, Call::Put(value) if value == "value 3"), "{case}, seed {seed}: {lost:?}");
            assert!(PLACES_ARE_PLAIN.iter().any(|tail| lost.key.ends_with(tail)), "{case}, seed {seed}: {lost:?}");
        }
    }
}

const PLACES_ARE_PLAIN: [&[u8]; 4] = [b"/a", b"/b", b"/c", b"/d"];

#[test]
fn the_same_seed_leaves_the_same_history() {
    let history = |seed| {
        let run = run(TWO_PUTS, MANNERS, seed);
        (run.history.operations().iter().map(described).collect::<Vec<_>>(), run.history.notes())
    };
    assert_eq!(history(1), history(1));
    assert_ne!(history(1), history(2));
}

#[test]
fn a_report_says_what_was_shrunk() {
    let notes = run(TWO_PUTS, PLAIN, 1).history.notes();
    let [note] = notes.as_slice() else { panic!("one note: {notes:?}") };
    assert!(note.starts_with("a random sequence failed at call ") && note.ends_with("; it was shrunk to 4"), "{note}");
}

#[test]
fn worlds_may_share_a_backend() {
    static ALL: Mutex<Option<Arc<Base>>> = Mutex::new(None);
    let opened = |_| Arc::clone(ALL.lock().unwrap_or_else(PoisonError::into_inner).get_or_insert_default());
    for case in [PLAIN, MANNERS] {
        let run = run(Steps { opened, ..RIGHT }, case, 1);
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
    let (inner, open_worlds, worlds) =
        (subject(TWO_PUTS, SETTINGS), Arc::new(AtomicUsize::new(0)), Arc::new(AtomicUsize::new(0)));
    let all = Arc::clone(&worlds);
    let open = move |context: &'static crate::Context| {
        assert_eq!(open_worlds.fetch_add(1, Ordering::SeqCst), 0, "one at a time");
        all.fetch_add(1, Ordering::SeqCst);
        context.keep(Guard(Arc::clone(&open_worlds)));
        (inner.open)(context)
    };
    let subject = Subject { open: Box::leak(Box::new(open)), settings: inner.settings.clone(), ..*inner };
    let run = run_case(Box::leak(Box::new(subject)), Case::named(PLAIN), Seed(1));
    assert!(matches!(run.failure.as_deref(), Some(Failure::Unexpected { .. })), "{:?}", run.failure);
    assert!(worlds.load(Ordering::SeqCst) > 10);
}

/// A store like [`TWO_PUTS`] at first, that does something else from its second world on.
macro_rules! then {
    ($then:expr) => {{
        static WORLDS: AtomicUsize = AtomicUsize::new(0);
        Steps {
            put: |base, key, value, options| {
                if WORLDS.load(Ordering::SeqCst) > 1 {
                    Box::pin(async move {
                        $then.await;
                        base.write(key, value)
                    })
                } else {
                    (TWO_PUTS.put)(base, key, value, options)
                }
            },
            opened: |last| {
                WORLDS.fetch_add(1, Ordering::SeqCst);
                (TWO_PUTS.opened)(last)
            },
            ..TWO_PUTS
        }
    }};
}

/// Runs with a deadline that comes soon.
fn run_for_short(steps: Steps) -> Run {
    let settings = Settings { deadline: Duration::from_secs(3), ..SETTINGS };
    run_case(subject(steps, settings), Case::named(PLAIN), Seed(1))
}

#[test]
fn a_hang_while_shrinking_is_a_hang() {
    let run = run_for_short(then!(std::future::pending::<()>()));
    assert!(matches!(run.failure.as_deref(), Some(Failure::Hung { .. })), "{:?}", run.failure);
    let operations = run.history.operations();
    let pending = operations.iter().position(|operation| operation.ended.is_none());
    assert_eq!(pending, Some(operations.len() - 1), "the last call, and nothing of the attempts before");
}

#[test]
fn a_panic_while_shrinking_is_a_panic() {
    let run = run(then!(async { panic!("out of place") }), PLAIN, 1);
    let Some(Failure::Panicked { message }) = run.failure.as_deref() else { panic!("{:?}", run.failure) };
    assert_eq!(message, "out of place");
}

#[test]
fn shrinking_ends_in_time_on_a_store_that_is_slow() {
    let run = run_for_short(then!(tokio::time::sleep(Duration::from_secs(1))));
    assert!(matches!(run.failure.as_deref(), Some(Failure::Unexpected { .. })), "{:?}", run.failure);
    assert!(run.history.operations().len() > 3);
    assert!(run.history.notes()[0].ends_with(", where shrinking had to stop"), "{:?}", run.history.notes());
}
