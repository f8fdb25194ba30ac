//! Faults of factories: stores that get into each other's way, or do not end.

use std::cell::RefCell;
use std::collections::BTreeSet;
use std::sync::atomic::Ordering;
use std::sync::{Arc, Mutex, PoisonError};

use value_store::Error;

use crate::mutant::{Mutant, mutant};
use crate::store::{Base, RIGHT, Steps};

pub(crate) const MUTANTS: &[Mutant] = &[
    mutant(
        "one map for all worlds",
        &[
            "factory::starts_empty",
            "factory::worlds_are_independent",
            "factory::worlds_come_and_go",
            "factory::drop_finishes",
        ],
        "returned \"left over\" (9 B)",
        Steps {
            opened: |_| {
                static ALL: Mutex<Option<Arc<Base>>> = Mutex::new(None);
                Arc::clone(ALL.lock().unwrap_or_else(PoisonError::into_inner).get_or_insert_default())
            },
            ..RIGHT
        },
    ),
    mutant(
        "dropping waits for a call that was dropped",
        &[
            "factory::drop_finishes",
            "provenance::from_after_a_call_that_found_nothing",
            "cancellation::dropped_put_at_every_await_point",
            "cancellation::dropped_first_put_is_whole",
            "cancellation::many_dropped_then_usable",
            "model::with_options_and_timeouts",
            "model::with_reopening",
            "settled::dropped_put_never_lands_later",
            "settled::outcome_is_decided",
            "durable::dropped_put_harms_nothing_acknowledged",
            "durable::dropped_put_is_whole_after_reopening",
        ],
        "dropping the store had not ended when the deadline of 40 s had passed",
        Steps {
            put: |base, key, value, _| {
                Box::pin(async move {
                    base.next();
                    tokio::task::yield_now().await;
                    base.count.fetch_sub(1, Ordering::SeqCst);
                    base.write(key, value)
                })
            },
            dropped: |base| {
                while base.count.load(Ordering::SeqCst) > 0 {
                    std::thread::park_timeout(std::time::Duration::from_secs(1));
                }
            },
            ..RIGHT
        },
    ),
    mutant(
        "dropping needs a runtime",
        &["factory::drop_outside_a_runtime"],
        "the store panicked when it was dropped: there is no reactor running, must be called from the context",
        Steps { dropped: |_| drop(tokio::runtime::Handle::current()), ..RIGHT },
    ),
    mutant(
        "misses are remembered for all worlds",
        &[
            "factory::worlds_are_independent",
            "missing::miss_then_put_then_get",
            "key_identity::file_names_literal",
            "options::same_key_with_and_without_options",
        ],
        "ended with NotFound",
        Steps {
            get: |base, key, _| {
                Box::pin(async move {
                    static MISSES: Mutex<BTreeSet<Vec<u8>>> = Mutex::new(BTreeSet::new());
                    let mut misses = MISSES.lock().unwrap();
                    match base.read(key) {
                        Ok(_) if misses.remove(key) => Err(Error::NotFound),
                        Err(_) if key.ends_with(b"/k") => {
                            misses.insert(key.to_vec());
                            Err(Error::NotFound)
                        }
                        found => found,
                    }
                })
            },
            ..RIGHT
        },
    ),
    mutant(
        "a store that is not used cannot be dropped",
        &[
            "factory::drop_finishes",
            "factory::starts_empty",
            "missing::unknown_key_is_not_found",
            "missing::miss_answers_in_time",
            "timeouts::missing_key_in_time",
            "options::missing_key_with_unknown_options",
            "concurrency::put_amid_a_miss",
        ],
        "the store panicked when it was dropped: no writer to join",
        Steps {
            put: |base, key, value, _| {
                Box::pin(async move {
                    base.next();
                    base.write(key, value)
                })
            },
            dropped: |base| assert!(base.count.load(Ordering::SeqCst) > 0, "no writer to join"),
            ..RIGHT
        },
    ),
    mutant(
        "closing a store empties those beside it",
        &["factory::worlds_come_and_go"],
        "still found it: is it used up, pushed out, or out of sight for a while?",
        Steps {
            opened: |last| {
                let base = last.unwrap_or_default();
                OPEN.with_borrow_mut(|open| open.push(Arc::clone(&base)));
                base
            },
            dropped: |base| {
                OPEN.with_borrow(|open| {
                    for other in open.iter().filter(|other| !std::ptr::eq(Arc::as_ptr(other), base)) {
                        other.values.lock().unwrap().clear();
                    }
                });
            },
            ..RIGHT
        },
    ),
];

thread_local! {
    /// What was opened in a case, each of which has a thread of its own.
    static OPEN: RefCell<Vec<Arc<Base>>> = const { RefCell::new(Vec::new()) };
}
