//! Faults that show only after certain calls, one after the other: what random sequences are for.

use std::sync::Arc;
use std::time::Duration;

use value_store::conformance::{Claim, Report};
use value_store::{Bytes, Error, Options};

use crate::mutant::{Mutant, mutant};
use crate::store::{Base, CLAIMS, RIGHT, Steps, step, suite};

pub(crate) const MUTANTS: &[Mutant] = &[
    mutant("what is put after a miss is cached, and stays there")
        .caught_by("model::random_operations_match_a_map", "it is the older value, of put")
        .put(step!(|base, key, value, _| {
            if let Some(cached) = base.other.lock().unwrap().get_mut(key).filter(|cached| cached.is_empty()) {
                *cached = value.clone();
            }
            base.write(key, value)
        }))
        .get(step!(|base, key, _| {
            let cached = base.other.lock().unwrap().get(key).filter(|cached| !cached.is_empty()).cloned();
            let found = cached.map_or_else(|| base.read(key), Ok);
            found.inspect_err(|_| drop(base.other.lock().unwrap().insert(key.to_vec(), "".into())))
        })),
    mutant("the third overwrite of a key is lost")
        .caught_by("overwrite::same_value_again_is_ok", "it is the older value, of put")
        .put(step!(|base, key, value, _| {
            let puts = marked(base, key);
            if puts == 4 { Ok(()) } else { base.write(key, value) }
        })),
    mutant("a get after a get of another key finds what that found")
        .caught_by(
            "round_trip::many_keys_each_their_own",
            "told the two keys apart: are the answers to two calls mixed up?",
        )
        .put(step!(|base, key, value, _| {
            base.other.lock().unwrap().clear();
            base.write(key, value)
        }))
        .get(step!(|base, key, _| {
            let last = base.other.lock().unwrap().drain().next();
            let found = base.read(key)?;
            base.other.lock().unwrap().insert(key.to_vec(), found.clone());
            Ok(last.map_or(found, |(_, last)| last))
        })),
    mutant("the same value again removes it")
        .caught_by("overwrite::same_value_again_is_ok", "stored the same value before: does the same again remove it?")
        .put(step!(|base, key, value, _| {
            if base.read(key).is_ok_and(|old| old == value) {
                base.values.lock().unwrap().remove(key);
                return Ok(());
            }
            base.write(key, value)
        })),
    mutant("what replaces an empty value that was read is lost")
        .caught_by("model::with_any_keys_and_values", "it is the older value, of put")
        .put(step!(|base, key, value, _| {
            let was_read = base.other.lock().unwrap().remove(key).is_some();
            if was_read { Ok(()) } else { base.write(key, value) }
        }))
        .get(step!(|base, key, _| {
            let found = base.read(key)?;
            if found.is_empty() {
                base.other.lock().unwrap().insert(key.to_vec(), Bytes::new());
            }
            Ok(found)
        })),
    mutant("the put after one that timed out is lost")
        .caught_by(
            "model::with_options_and_timeouts",
            "it fails only after put 1, which timed out: is it undone later, with",
        )
        .put(step!(|base, key, value, options| {
            if is_short(options) {
                base.other.lock().unwrap().insert(key.to_vec(), value);
                return Err(Error::Timeout);
            }
            let follows = base.other.lock().unwrap().remove(key).is_some();
            if follows { Ok(()) } else { base.write(key, value) }
        })),
    mutant("the put after one that was dropped is lost")
        .caught_by("cancellation::dropped_put_at_every_await_point", "it is the older value, of put")
        .put(step!(|base, key, value, _| {
            if base.other.lock().unwrap().remove(key).is_some() {
                return Ok(());
            }
            base.other.lock().unwrap().insert(key.to_vec(), value.clone());
            tokio::task::yield_now().await;
            base.other.lock().unwrap().remove(key);
            base.write(key, value)
        })),
    mutant("what a get with an option found is found by every such get")
        .caught_by("model::with_options_and_timeouts", "have different options: do those decide where a value is kept?")
        .get(step!(|base, key, options| {
            if options.iter().next().is_none() {
                return base.read(key);
            }
            let cached = base.other.lock().unwrap().get(key).cloned();
            let found = cached.map_or_else(|| base.read(key), Ok)?;
            base.other.lock().unwrap().insert(key.to_vec(), found.clone());
            Ok(found)
        })),
    mutant("what was replaced twice comes back with a restart")
        .caught_by("model::with_reopening", "it is the older value, of put")
        .put(step!(|base, key, value, _| {
            if marked(base, key) == 3 {
                base.other.lock().unwrap().insert([b"old ", key].concat(), base.read(key)?);
            }
            base.write(key, value)
        }))
        .opened(|last| {
            let base = last.unwrap_or_default();
            let mut old = std::mem::take(&mut *base.other.lock().unwrap());
            old.retain(|name, _| name.starts_with(b"old "));
            base.values.lock().unwrap().extend(old.into_iter().map(|(name, old)| (name[4..].to_vec(), old)));
            base
        }),
];

/// A put that is dropped or times out takes effect late: with the get that follows the next put to its key.
const LATE: Steps = Steps {
    put: |base, key, value, options| {
        Box::pin(async move {
            let late = base.other.lock().unwrap().insert(key.to_vec(), value.clone());
            if is_short(options) {
                return Err(Error::Timeout);
            }
            tokio::task::yield_now().await;
            base.other.lock().unwrap().remove(key);
            base.write(key, value)?;
            late.map_or(Ok(()), |late| base.write(&[b"late ", key].concat(), late))
        })
    },
    get: |base, key, _| {
        Box::pin(async move {
            let late = base.values.lock().unwrap().remove([b"late ", key].concat().as_slice());
            late.map_or(Ok(()), |late| base.write(key, late))?;
            base.read(key)
        })
    },
    ..RIGHT
};

fn is_short(options: &Options) -> bool {
    options.timeout().is_some_and(|timeout| timeout < Duration::from_secs(1))
}

/// Counts the calls of this for the key, this one included.
fn marked(base: &Arc<Base>, key: &[u8]) -> usize {
    let mut other = base.other.lock().unwrap();
    let marks = other.entry(key.to_vec()).or_default();
    *marks = [marks.as_ref(), b"|"].concat().into();
    marks.len()
}

const MODEL: &str = "model";
const SEEDS: std::ops::Range<u64> = 0..50;

/// These cases alone: others judge that a call that says Timeout has waited for it, which these stores do not do.
fn run(steps: Steps, claims: &[Claim], cases: &str, seed: u64) -> Report {
    suite(steps, claims).only(cases).seed(seed).anyway().run()
}

/// Whatever the seed, the case that is there for a fault catches it.
#[test]
fn no_fault_depends_on_luck_to_be_found() {
    for mutant in MUTANTS {
        let case = mutant.case;
        let missed: Vec<_> = SEEDS.filter(|seed| run(mutant.steps, CLAIMS, case, *seed).is_success()).collect();
        assert!(missed.is_empty(), "{}: {case} misses it with the seeds {missed:?}", mutant.name);
    }
}

#[test]
fn a_late_put_is_a_fault_of_settled_stores_alone() {
    for seed in SEEDS {
        let report = run(LATE, &[Claim::Durable], MODEL, seed);
        assert!(report.is_success(), "{report}");
        let failed = run(LATE, &[Claim::Durable, Claim::Settled], MODEL, seed).failed().count();
        assert_eq!(failed, 2, "all but the case without puts that are given up, with seed {seed}");
    }
}
