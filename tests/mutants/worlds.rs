//! Faults of worlds: what is there at the beginning, and what stays at the end.

use std::sync::atomic::Ordering;
use std::sync::{Arc, Mutex, PoisonError};

use crate::mutant::{Mutant, mutant};
use crate::store::{Base, RIGHT, Steps};

pub(crate) const MUTANTS: &[Mutant] = &[
    mutant(
        "one map for all worlds",
        &["factory::starts_empty", "factory::worlds_are_independent"],
        "",
        Steps {
            opened: |_| {
                static ALL: Mutex<Option<Arc<Base>>> = Mutex::new(None);
                Arc::clone(ALL.lock().unwrap_or_else(PoisonError::into_inner).get_or_insert_default())
            },
            ..RIGHT
        },
    ),
    mutant(
        "dropping waits for ever",
        &[
            "factory::drop_outside_a_runtime",
            "factory::starts_empty",
            "factory::worlds_are_independent",
            "factory::store_moves_between_tasks",
            "factory::drop_finishes",
            "round_trip",
            "overwrite",
            "missing",
            "key_identity",
            "value_fidelity",
            "timeouts",
            "options",
            "provenance",
            "concurrency",
            "cancellation",
            "settled",
            "limits",
            "durable",
        ],
        "",
        Steps {
            dropped: |base| {
                while base.count.load(Ordering::SeqCst) == 0 {
                    std::thread::park_timeout(std::time::Duration::from_secs(1));
                }
            },
            ..RIGHT
        },
    ),
    mutant(
        "dropping needs a runtime",
        &["factory::drop_outside_a_runtime"],
        "",
        Steps { dropped: |_| drop(tokio::runtime::Handle::current()), ..RIGHT },
    ),
];
