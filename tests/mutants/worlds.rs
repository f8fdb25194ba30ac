//! Faults of worlds: what is there at the beginning, stays at the end, or is lost in between.

use std::sync::Arc;
use std::sync::atomic::Ordering;

use value_store::Bytes;
use value_store::PeerId;

use crate::mutant::{Mutant, mutant};
use crate::store::{Base, RIGHT, Steps};
use value_store::Error;

pub(crate) const MUTANTS: &[Mutant] = &[
    mutant(
        "nothing survives",
        &[
            "durable::value_survives",
            "options::put_with_options_survives",
            "limits::refused_value_stays_away",
            "durable::overwrite_survives",
            "durable::last_of_several_puts_survives",
            "durable::lengths_survive",
            "durable::confusable_keys_survive",
            "durable::many_keys_survive",
            "durable::from_survives",
            "durable::dropped_put_harms_nothing_acknowledged",
            "durable::binary_and_empty_survive",
            "durable::many_reopenings",
            "durable::last_acknowledged_write_survives",
        ],
        "",
        Steps { opened: |_| Arc::default(), ..RIGHT },
    ),
    mutant(
        "what is missing appears with a restart",
        &["durable::missing_stays_missing"],
        "",
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
    mutant(
        "read-only after a restart",
        &[
            "durable::works_after_reopening",
            "key_identity::slashes_literal",
            "key_identity::dot_segments_literal",
            "key_identity::trailing_space_and_newline",
            "key_identity::leading_zeros",
            "durable::overwrite_survives",
            "durable::many_reopenings",
            "durable::last_acknowledged_write_survives",
        ],
        "",
        Steps {
            put: |base, key, value, _| {
                Box::pin(async move {
                    if base.count.load(Ordering::SeqCst) > 1 {
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
    mutant(
        "of several puts, the first is loaded",
        &["durable::last_of_several_puts_survives", "options::put_with_options_survives"],
        "",
        Steps {
            put: |base, key, value, _| {
                Box::pin(async move {
                    base.other.lock().unwrap().entry(key.to_vec()).or_insert(value.clone());
                    base.write(key, value)
                })
            },
            opened: |last| {
                let base = last.unwrap_or_default();
                let firsts = std::mem::take(&mut *base.other.lock().unwrap());
                base.values.lock().unwrap().extend(firsts);
                base
            },
            ..RIGHT
        },
    ),
    mutant(
        "lengths on disk have two bytes",
        &["durable::lengths_survive"],
        "",
        Steps { opened: |last| loaded(last, |key, value| (key, value.slice(..value.len() % (1 << 16)))), ..RIGHT },
    ),
    mutant(
        "keys on disk are in lower case",
        &["durable::confusable_keys_survive"],
        "",
        Steps { opened: |last| loaded(last, |key, value| (key.to_ascii_lowercase(), value)), ..RIGHT },
    ),
    mutant(
        "a thousand keys are loaded",
        &["durable::many_keys_survive"],
        "",
        Steps {
            opened: |last| {
                let base = last.unwrap_or_default();
                let values = std::mem::take(&mut *base.values.lock().unwrap());
                *base.values.lock().unwrap() = values.into_iter().take(1_000).collect();
                base
            },
            ..RIGHT
        },
    ),
    mutant(
        "from is a stranger when opened again",
        &["durable::from_survives"],
        "",
        Steps {
            opened: |last| {
                let base = last.unwrap_or_default();
                base.next();
                base
            },
            from: |base, peer_id| {
                if base.count.load(Ordering::SeqCst) > 1 { PeerId::random() } else { peer_id }
            },
            ..RIGHT
        },
    ),
    mutant(
        "a dropped put ends what is loaded",
        &["durable::dropped_put_harms_nothing_acknowledged"],
        "",
        Steps {
            put: |base, key, value, _| {
                Box::pin(async move {
                    base.other.lock().unwrap().insert(key.to_vec(), value.clone());
                    tokio::task::yield_now().await;
                    base.other.lock().unwrap().remove(key);
                    base.write(key, value)
                })
            },
            opened: |last| {
                let base = last.unwrap_or_default();
                if !base.other.lock().unwrap().is_empty() {
                    base.values.lock().unwrap().clear();
                }
                base
            },
            ..RIGHT
        },
    ),
];

/// What a store has when it is opened again, and each entry comes from the disk like this.
fn loaded(last: Option<Arc<Base>>, entry: fn(Vec<u8>, Bytes) -> (Vec<u8>, Bytes)) -> Arc<Base> {
    let base = last.unwrap_or_default();
    let values = std::mem::take(&mut *base.values.lock().unwrap());
    *base.values.lock().unwrap() = values.into_iter().map(|(key, value)| entry(key, value)).collect();
    base
}
