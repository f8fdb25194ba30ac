//! Faults of calls that race: each call is right by itself, and no order of them explains what they return together.

use std::time::Duration;

use tokio::time::{Instant, sleep};
use value_store::Error;

use crate::mutant::{Mutant, mutant};
use crate::store::step;

/// Longer than any call of these stores, so that other calls run meanwhile.
const MOMENT: Duration = Duration::from_millis(1);

const SHORT: Duration = Duration::from_secs(1);

pub(crate) const MUTANTS: &[Mutant] = &[
    mutant("a cache that is up to half a second old").caught_by("linearizable::one_register", " returned ").get(step!(
        |base, key, _| {
            let mut fresh_until = base.deadline.lock().unwrap();
            if fresh_until.is_none_or(|end| Instant::now() > end) {
                base.other.lock().unwrap().clear();
                *fresh_until = Some(Instant::now() + SHORT / 2);
            }
            let cached = base.other.lock().unwrap().get(key).cloned();
            let found = cached.map_or_else(|| base.read(key), Ok)?;
            base.other.lock().unwrap().insert(key.to_vec(), found.clone());
            Ok(found)
        }
    )),
    mutant("while a put goes on, every other get has the new value")
        .caught_by("linearizable::one_register", " returned ")
        .put(step!(|base, key, value, _| {
            if base.read(key).is_ok() {
                base.other.lock().unwrap().insert(key.to_vec(), value.clone());
            }
            sleep(MOMENT).await;
            base.write(key, value)
        }))
        .get(step!(|base, key, _| {
            let new = base.other.lock().unwrap().get(key).filter(|_| base.next() % 2 == 0).cloned();
            new.map_or_else(|| base.read(key), Ok)
        })),
    mutant("what was put first to a key is written again when another key comes")
        .caught_by("linearizable::several_registers", " returned ")
        .put(step!(|base, key, value, _| {
            if base.read(key).is_err() {
                let mut first = base.other.lock().unwrap();
                base.values.lock().unwrap().extend(first.drain());
                first.insert(key.to_vec(), value.clone());
            }
            base.write(key, value)
        })),
    mutant("a put that times out is undone, and done again")
        .caught_by("linearizable::with_timed_out_and_dropped_calls", " returned ")
        .put(step!(|base, key, value, options| {
            let old = base.read(key).ok();
            base.write(key, value.clone())?;
            if options.timeout().is_none_or(|timeout| timeout > SHORT) {
                return Ok(());
            }
            sleep(MOMENT).await;
            old.map(|old| base.write(key, old));
            sleep(MOMENT).await;
            base.write(key, value)?;
            Err(Error::Timeout)
        })),
];
