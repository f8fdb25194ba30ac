//! Faults of puts that failed or were dropped, and take effect after all.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use tokio::time::{sleep, timeout};
use value_store::{Bytes, Error};

use crate::mutant::{Mutant, mutant};
use crate::store::{Base, MAX_VALUE_LEN, step};

/// Longer than a newer put takes, and shorter than the suite waits before it looks again.
const LATER: Duration = Duration::from_millis(50);

/// Longer than any call of these stores, so that other calls run meanwhile.
const MOMENT: Duration = Duration::from_millis(1);

pub(crate) const MUTANTS: &[Mutant] = &[
    mutant("lands later")
        .caught_by("settled::dropped_put_never_lands_later", ", which was dropped: does it go on, and land later?")
        .put(step!(|base, key, value, options| {
            let (base, key) = (Arc::clone(base), key.to_vec());
            let delay = Duration::from_millis(if base.next() % 2 == 0 { 2 } else { 6 });
            let put = tokio::spawn(async move {
                sleep(delay).await;
                base.write(&key, value)
            });
            match timeout(options.timeout().unwrap_or(Duration::MAX), put).await {
                Ok(put) => put.unwrap(),
                Err(_) => Err(Error::Timeout),
            }
        })),
    mutant("a dropped put lands later")
        .caught_by("settled::dropped_put_never_lands_later", ", which was dropped: does it go on, and land later?")
        .put(step!(|base, key, value, _| {
            let end = Ended::default();
            later(base, key, Some(value.clone()), &end);
            tokio::task::yield_now().await;
            end.set(true);
            base.write(key, value)
        })),
    mutant("a put that timed out is tried again")
        .caught_by("settled::timed_out_put_never_lands_later", ", which timed out: does it go on, and land later?")
        .put(step!(|base, key, value, options| {
            let put = sleep(Duration::from_millis(20));
            if timeout(options.timeout().unwrap_or(Duration::MAX), put).await.is_err() {
                later(base, key, Some(value), &Ended::default());
                return Err(Error::Timeout);
            }
            base.write(key, value)
        })),
    mutant("what a dropped put replaced comes back later")
        .caught_by("settled::outcome_is_decided", "it is the older value, of put")
        .put(step!(|base, key, value, _| {
            let (end, old) = (Ended::default(), base.read(key).ok());
            base.write(key, value)?;
            later(base, key, old, &end);
            tokio::task::yield_now().await;
            end.set(true);
            Ok(())
        })),
    mutant("a put that timed out is undone later")
        .caught_by("settled::outcome_is_decided", "it is the older value, of put")
        .put(step!(|base, key, value, options| {
            let old = base.read(key).ok();
            base.write(key, value)?;
            let acknowledged = sleep(Duration::from_millis(20));
            if timeout(options.timeout().unwrap_or(Duration::MAX), acknowledged).await.is_err() {
                later(base, key, old, &Ended::default());
                return Err(Error::Timeout);
            }
            Ok(())
        })),
    mutant("a refused value is cut, and lands later")
        .caught_by("settled::refused_put_never_lands_later", "had stored \"newer\" (")
        .before_put(|base, key, value| {
            if value.len() > MAX_VALUE_LEN {
                later(base, key, Some(value.slice(..MAX_VALUE_LEN)), &Ended::default());
            }
        }),
    mutant("a dropped put is undone later")
        .caught_by("cancellation::dropped_put_at_every_await_point", " returned ")
        .put(step!(|base, key, value, _| {
            let old = base.read(key);
            base.write(key, value)?;
            let undo = Undo(Arc::clone(base), key.to_vec(), old.ok());
            tokio::task::yield_now().await;
            std::mem::forget(undo);
            Ok(())
        })),
];

/// Whether a put has ended.
#[derive(Clone, Default)]
struct Ended(Arc<AtomicBool>);

impl Ended {
    fn set(&self, ended: bool) {
        self.0.store(ended, Ordering::SeqCst);
    }
}

/// Writes or removes the value of the key after a while, unless the put has ended by then.
fn later(base: &Arc<Base>, key: &[u8], value: Option<Bytes>, end: &Ended) {
    let (base, key, end) = (Arc::clone(base), key.to_vec(), end.clone());
    tokio::spawn(async move {
        sleep(LATER).await;
        let mut values = base.values.lock().unwrap();
        match value {
            _ if end.0.load(Ordering::SeqCst) => {}
            Some(value) => drop(values.insert(key, value)),
            None => drop(values.remove(&key)),
        }
    });
}

/// Puts the old value back, a while after it was dropped.
struct Undo(Arc<Base>, Vec<u8>, Option<Bytes>);

impl Drop for Undo {
    fn drop(&mut self) {
        let (base, key, old) = (Arc::clone(&self.0), std::mem::take(&mut self.1), self.2.take());
        let undo = async move {
            sleep(MOMENT).await;
            match old {
                Some(old) => drop(base.write(&key, old)),
                None => drop(base.values.lock().unwrap().remove(&key)),
            }
        };
        if let Ok(runtime) = tokio::runtime::Handle::try_current() {
            runtime.spawn(undo);
        }
    }
}
