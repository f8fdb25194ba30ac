//! Faults of what is kept: lost, changed or invented when the store is opened again.

use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;
use std::sync::atomic::Ordering;

use tokio::task::yield_now;
use value_store::{Bytes, Error, PeerId};

use crate::mutant::{Mutant, mutant};
use crate::store::{Base, RIGHT, Steps, step};

type Log = Vec<(Vec<u8>, Bytes)>;

/// A store that keeps a log, and reads it when it is opened again.
const LOGGED: Steps = Steps {
    put: step!(|base, key, value, _| {
        base.log.lock().unwrap().push((key.to_vec(), value.clone()));
        base.write(key, value)
    }),
    opened: |last| replayed(last, |log| log),
    ..RIGHT
};

pub(crate) const MUTANTS: &[Mutant] = &[
    mutant("nothing survives")
        .caught_by("durable::value_survives", "it was the last put before the store was opened again: was it written")
        .opened(|_| Arc::default()),
    mutant("what is missing appears with a restart")
        .caught_by(
            "durable::missing_stays_missing",
            "a key without a value is Err(Error::NotFound); the empty value is",
        )
        .get(step!(|base, key, _| {
            let found = base.read(key);
            if found.is_err() {
                base.other.lock().unwrap().insert(key.to_vec(), "".into());
            }
            found
        }))
        .opened(|last| {
            let base = last.unwrap_or_default();
            let ghosts = std::mem::take(&mut *base.other.lock().unwrap());
            base.values.lock().unwrap().extend(ghosts);
            base
        }),
    mutant("read-only after a restart")
        .caught_by("durable::works_after_reopening", "ended with Backend: read-only, and not with Ok")
        .put(step!(|base, key, value, _| {
            if base.count.load(Ordering::SeqCst) > 1 {
                return Err(Error::backend("read-only"));
            }
            base.write(key, value)
        }))
        .opened(|last| {
            let base = last.unwrap_or_default();
            base.next();
            base
        }),
    mutant("lengths on disk have two bytes")
        .caught_by("durable::lengths_survive", "the value is empty now")
        .opened(|last| loaded(last, |key, value| (key, value.slice(..value.len() % (1 << 16))))),
    mutant("keys on disk are in lower case")
        .caught_by("durable::confusable_keys_survive", "B) are taken for the same key: letter case is folded")
        .opened(|last| loaded(last, |key, value| (key.to_ascii_lowercase(), value))),
    mutant("a thousand keys are loaded")
        .caught_by(
            "durable::many_keys_survive",
            "the store was opened again in between: is all that was written read again?",
        )
        .opened(|last| {
            let base = last.unwrap_or_default();
            let values = std::mem::take(&mut *base.values.lock().unwrap());
            *base.values.lock().unwrap() = values.into_iter().take(1_000).collect();
            base
        }),
    mutant("from is a stranger when opened again")
        .caught_by("durable::from_survives", "`from` has to name who had the value, and the factory has to name")
        .opened(|last| {
            let base = last.unwrap_or_default();
            base.next();
            base
        })
        .from(|base, peer_id| if base.count.load(Ordering::SeqCst) > 1 { PeerId::random() } else { peer_id }),
    mutant("a dropped put ends what is loaded")
        .caught_by(
            "durable::dropped_put_harms_nothing_acknowledged",
            "it fails only after put 2, which was dropped: did it take the value",
        )
        .put(step!(|base, key, value, _| {
            base.other.lock().unwrap().insert(key.to_vec(), value.clone());
            tokio::task::yield_now().await;
            base.other.lock().unwrap().remove(key);
            base.write(key, value)
        }))
        .opened(|last| {
            let base = last.unwrap_or_default();
            if !base.other.lock().unwrap().is_empty() {
                base.values.lock().unwrap().clear();
            }
            base
        }),
    LOGGED
        .mutant("the log is read backwards")
        .caught_by("durable::overwrite_survives", "it is the older value, of put")
        .opened(|last| replayed(last, |log| log.into_iter().rev().collect())),
    LOGGED
        .mutant("the log ends at an empty value")
        .caught_by("durable::binary_and_empty_survive", "the value is empty: is that taken for the absence of one?")
        .opened(|last| replayed(last, |log| log.into_iter().take_while(|(_, value)| !value.is_empty()).collect())),
    LOGGED
        .mutant("the log ends at an empty key")
        .caught_by("durable::binary_and_empty_survive", "is the empty key taken for none? It is a key like any other")
        .opened(|last| replayed(last, |log| log.into_iter().take_while(|(key, _)| !key.is_empty()).collect())),
    LOGGED
        .mutant("the log has a line for each value")
        .caught_by("durable::binary_and_empty_survive", "the value was cut at its first line end")
        .opened(|last| {
            replayed(last, |log| {
                log.into_iter()
                    .map(|(key, value)| {
                        (key, value.split(|byte| *byte == b'\n').next().map(Bytes::copy_from_slice).unwrap_or_default())
                    })
                    .collect()
            })
        }),
    LOGGED
        .mutant("the log is text")
        .caught_by("durable::binary_and_empty_survive", "the value was made into text: what is no UTF-")
        .opened(|last| {
            replayed(last, |log| {
                log.into_iter().map(|(key, value)| (key, String::from_utf8_lossy(&value).into_owned().into())).collect()
            })
        }),
    LOGGED
        .mutant("an empty value in the log is a deletion")
        .caught_by("durable::binary_and_empty_survive", "the value is empty: is that taken for the absence of one?")
        .opened(|last| {
            replayed(last, |log| {
                let last: HashMap<_, _> = log.into_iter().collect();
                last.into_iter().filter(|(_, value)| !value.is_empty()).collect()
            })
        }),
    LOGGED
        .mutant("what is buffered is not flushed")
        .caught_by("durable::value_survives", "it was the last put before the store was opened again: was it written")
        .opened(|last| {
            replayed(last, |log| {
                let flushed = log.len() / 100 * 100;
                log.into_iter().take(flushed).collect()
            })
        }),
    LOGGED.mutant("the last entry is torn").caught_by("durable::value_survives", "the value was cut after").opened(
        |last| {
            replayed(last, |log| {
                let mut log = log;
                if let Some((_, last)) = log.last_mut() {
                    last.truncate(last.len() / 2);
                }
                log
            })
        },
    ),
    LOGGED
        .mutant("the last entry is lost if it replaces")
        .caught_by("durable::overwrite_survives", "it is the older value, of put")
        .opened(|last| {
            replayed(last, |log| {
                let mut log = log;
                let replaces = log.split_last().is_some_and(|(last, rest)| rest.iter().any(|entry| entry.0 == last.0));
                if replaces {
                    log.pop();
                }
                log
            })
        }),
    LOGGED
        .mutant("the last put before a restart is lost")
        .caught_by(
            "durable::last_acknowledged_write_survives",
            "it was the last put before the store was opened again: was it written",
        )
        .opened(|last| {
            replayed(last, |log| {
                let mut log = log;
                log.pop();
                log
            })
        }),
    LOGGED
        .mutant("a long log is compacted to the first of each key")
        .caught_by("durable::last_of_several_puts_survives", "it is the older value, of put")
        .opened(|last| replayed(last, |log| if log.len() > 100 { log.into_iter().rev().collect() } else { log })),
    LOGGED
        .mutant("keys on disk have 255 bytes")
        .caught_by("durable::lengths_survive", "with a fresh key of a few letters and digits it is there: is it")
        .opened(|last| {
            replayed(last, |log| {
                log.into_iter()
                    .map(|(mut key, value)| {
                        key.truncate(255);
                        (key, value)
                    })
                    .collect()
            })
        }),
    LOGGED
        .mutant("keys on disk are trimmed")
        .caught_by("durable::confusable_keys_survive", "B) are taken for the same key: white space is trimmed")
        .opened(|last| {
            replayed(last, |log| log.into_iter().map(|(key, value)| (key.trim_ascii().to_vec(), value)).collect())
        }),
    LOGGED
        .mutant("values on disk are padded")
        .caught_by("durable::lengths_survive", "the value is whole, with something after it")
        .opened(|last| {
            replayed(last, |log| {
                log.into_iter()
                    .map(|(key, value)| {
                        let mut padded = value.to_vec();
                        padded.resize(value.len().next_multiple_of(4), 0);
                        (key, padded.into())
                    })
                    .collect()
            })
        }),
    LOGGED
        .mutant("what was loaded is not kept again")
        .caught_by("durable::many_reopenings", "the store was opened again, and again: is all that is read kept?")
        .opened(|last| {
            let base = replayed(last, |log| log);
            base.log.lock().unwrap().clear();
            base
        }),
    mutant("puts after a restart are not kept")
        .caught_by("durable::overwrite_survives", "it is the older value, of put")
        .put(step!(|base, key, value, _| {
            if base.count.load(Ordering::SeqCst) < 2 {
                base.log.lock().unwrap().push((key.to_vec(), value.clone()));
            }
            base.write(key, value)
        }))
        .opened(|last| {
            let base = replayed(last, |log| log);
            base.next();
            base
        }),
    mutant("it can be opened once")
        .caught_by("durable::value_survives", "the factory panicked: the database is locked")
        .opened(|last| {
            assert!(last.is_none(), "the database is locked");
            Arc::default()
        }),
    LOGGED
        .mutant("half of a dropped put is kept")
        .caught_by("durable::dropped_put_is_whole_after_reopening", "returned \"v\" (1 B), which is not \"v1\" (2 B)")
        .put(step!(|base, key, value, _| {
            base.log.lock().unwrap().push((key.to_vec(), value.slice(..value.len() / 2)));
            yield_now().await;
            base.log.lock().unwrap().push((key.to_vec(), value.clone()));
            base.write(key, value)
        })),
    mutant("the log ends at a dropped put")
        .caught_by(
            "durable::dropped_put_harms_nothing_acknowledged",
            "it fails only after put 1, which was dropped: is it undone later,",
        )
        .put(step!(|base, key, value, _| {
            let place = {
                let mut log = base.log.lock().unwrap();
                log.push((b"unfinished".to_vec(), Bytes::new()));
                log.len() - 1
            };
            yield_now().await;
            base.log.lock().unwrap()[place] = (key.to_vec(), value.clone());
            base.write(key, value)
        }))
        .opened(|last| replayed(last, |log| log.into_iter().take_while(|(key, _)| key != b"unfinished").collect())),
    mutant("a restart forgets which keys are missing")
        .caught_by("durable::works_after_reopening", "has that value, and the store was opened again: is each ")
        .get(step!(|base, key, _| base.read(key).or_else(|_| base
            .other
            .lock()
            .unwrap()
            .values()
            .next()
            .cloned()
            .ok_or(Error::NotFound))))
        .opened(|last| {
            let base = last.unwrap_or_default();
            base.other.lock().unwrap().extend(base.values.lock().unwrap().clone());
            base
        }),
    LOGGED
        .mutant("what the log has is not logged again")
        .caught_by("durable::last_of_several_puts_survives", "it is the older value, of put")
        .put(step!(|base, key, value, _| {
            let mut log = base.log.lock().unwrap();
            if !log.contains(&(key.to_vec(), value.clone())) {
                log.push((key.to_vec(), value.clone()));
            }
            base.write(key, value)
        })),
    mutant("a put that was dropped at last leaves nothing to read")
        .caught_by(
            "durable::dropped_put_is_whole_after_reopening",
            "it fails only after put 2, which was dropped: did it take the value",
        )
        .put(step!(|base, key, value, _| {
            base.other.lock().unwrap().insert(b"unfinished".into(), Bytes::new());
            yield_now().await;
            base.other.lock().unwrap().clear();
            base.write(key, value)
        }))
        .opened(|last| {
            let base = last.unwrap_or_default();
            if !std::mem::take(&mut *base.other.lock().unwrap()).is_empty() {
                base.values.lock().unwrap().clear();
            }
            base
        }),
    mutant("keys of less than four bytes are not read again")
        .caught_by("durable::short_keys_survive", "ended with NotFound")
        .opened(|last| {
            let base = last.unwrap_or_default();
            base.values.lock().unwrap().retain(|key, _| key.is_empty() || key.len() > 3);
            base
        }),
    mutant("how often it was opened is under a key")
        .caught_by("durable::reserved_names_survive", "for a key that was never put")
        .opened(|last| {
            let is_again = last.is_some();
            let base = last.unwrap_or_default();
            if is_again {
                let _ = base.write(b"generation", base.next().to_string().into());
            }
            base
        }),
    mutant("files beside are read as keys")
        .caught_by("durable::reserved_names_survive", "for a key that was never put")
        .opened(|last| {
            let base = last.unwrap_or_default();
            let mut values = base.values.lock().unwrap();
            let copies: Vec<_> =
                values.iter().map(|(key, value)| ([key, &b".bak"[..]].concat(), value.clone())).collect();
            for (key, value) in copies {
                values.entry(key).or_insert(value);
            }
            drop(values);
            base
        }),
];

/// Opens a store again. `entry` is what the disk makes of a key and its value.
fn loaded(last: Option<Arc<Base>>, entry: fn(Vec<u8>, Bytes) -> (Vec<u8>, Bytes)) -> Arc<Base> {
    let base = last.unwrap_or_default();
    // Sorted, so that of two keys that become one the same stays each time.
    let values: BTreeMap<_, _> = std::mem::take(&mut *base.values.lock().unwrap()).into_iter().collect();
    *base.values.lock().unwrap() = values.into_iter().rev().map(|(key, value)| entry(key, value)).collect();
    base
}

/// Opens a store again, from what `fault` makes of its log.
fn replayed(last: Option<Arc<Base>>, fault: fn(Log) -> Log) -> Arc<Base> {
    let Some(last) = last else { return Arc::default() };
    let log = fault(std::mem::take(&mut *last.log.lock().unwrap()));
    let base = Base::default();
    base.values.lock().unwrap().extend(log.iter().cloned());
    base.count.store(last.count.load(Ordering::SeqCst), Ordering::SeqCst);
    *base.log.lock().unwrap() = log;
    Arc::new(base)
}
