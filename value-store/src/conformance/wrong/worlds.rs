//! Faults of worlds: what is there at the beginning, stays at the end, or is lost in between.

use std::sync::{Arc, Mutex, PoisonError};

use super::{Base, RIGHT, Steps, Wrong, wrong};
use crate::Error;

pub(super) const FAULTS: &[Wrong] = &[
    wrong(
        "one map for all worlds",
        &["factory::starts_empty", "factory::worlds_are_independent"],
        Steps {
            opened: |_| {
                static ALL: Mutex<Option<Arc<Base>>> = Mutex::new(None);
                Arc::clone(ALL.lock().unwrap_or_else(PoisonError::into_inner).get_or_insert_default())
            },
            ..RIGHT
        },
    ),
    wrong(
        "dropping waits for ever",
        &["factory::drop_outside_a_runtime", "factory::drop_finishes"],
        Steps {
            dropped: |base| {
                while base.count.load(std::sync::atomic::Ordering::SeqCst) == 0 {
                    std::thread::park_timeout(std::time::Duration::from_secs(1));
                }
            },
            ..RIGHT
        },
    ),
    wrong(
        "dropping needs a runtime",
        &["factory::drop_outside_a_runtime"],
        Steps { dropped: |_| drop(tokio::runtime::Handle::current()), ..RIGHT },
    ),
    wrong(
        "nothing survives",
        &[
            "durable::value_survives",
            "durable::overwrite_survives",
            "durable::binary_and_empty_survive",
            "durable::many_reopenings",
            "durable::last_acknowledged_write_survives",
        ],
        Steps { opened: |_| Arc::default(), ..RIGHT },
    ),
    wrong(
        "what is missing appears with a restart",
        &["durable::missing_stays_missing"],
        Steps {
            get: |base, key, _| {
                Box::pin(async move {
                    let found = base.read(key);
                    if found.is_err() {
                        base.other.lock().unwrap().insert(key.to_vec(), "".into());
                    }
                    found
                })
            },
            opened: |last| {
                let base = last.unwrap_or_default();
                let ghosts = std::mem::take(&mut *base.other.lock().unwrap());
                base.values.lock().unwrap().extend(ghosts);
                base
            },
            ..RIGHT
        },
    ),
    wrong(
        "read-only after a restart",
        &["durable::works_after_reopening"],
        Steps {
            put: |base, key, value, _| {
                Box::pin(async move {
                    if base.count.load(std::sync::atomic::Ordering::SeqCst) > 1 {
                        return Err(Error::backend("read-only"));
                    }
                    base.write(key, value)
                })
            },
            opened: |last| {
                let base = last.unwrap_or_default();
                base.next();
                base
            },
            ..RIGHT
        },
    ),
];
