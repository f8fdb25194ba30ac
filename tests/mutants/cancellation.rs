//! Faults of calls that are dropped: what they leave behind.

use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;

use tokio::task::yield_now;
use tokio::time::sleep;
use value_store::{Bytes, Error, Options};

use crate::mutant::{Mutant, mutant};
use crate::store::{Base, step};

/// Longer than any call of these stores, so that other calls run meanwhile.
const MOMENT: Duration = Duration::from_millis(1);

pub(crate) const MUTANTS: &[Mutant] = &[
    mutant("a put begins before it is polled")
        .caught_by(
            "cancellation::dropped_before_first_poll",
            ", which was dropped before its first poll: what a call does, it does",
        )
        .before_put(|base, key, value| drop(base.write(key, value.clone()))),
    mutant("half a value when dropped")
        .caught_by("cancellation::dropped_put_at_every_await_point", "returned \"v\" (1 B), which is not \"v1\" (2 B)")
        .put(step!(|base, key, value, _| {
            base.write(key, value.slice(..value.len() / 2))?;
            tokio::task::yield_now().await;
            base.write(key, value)
        })),
    mutant("permits kept by dropped puts")
        .caught_by(
            "cancellation::many_dropped_then_usable",
            "calls were dropped before it: is a lock, a permit, a connection or",
        )
        .put(step!(|base, key, value, _| {
            base.permits.acquire().await.unwrap().forget();
            tokio::task::yield_now().await;
            base.permits.add_permits(1);
            base.write(key, value)
        })),
    mutant("a dropped get takes the value with it")
        .caught_by(
            "cancellation::dropped_get_harms_nothing",
            "it fails only after get 2, which was dropped: did it take the value",
        )
        .get(step!(|base, key, _| {
            let found = base.values.lock().unwrap().remove(key).ok_or(Error::NotFound)?;
            sleep(MOMENT).await;
            base.write(key, found.clone())?;
            Ok(found)
        })),
    mutant("a dropped put keeps the lock")
        .caught_by(
            "cancellation::dropped_put_at_every_await_point",
            "was dropped before it: is a lock, a permit, a connection or a",
        )
        .put(step!(|base, key, value, _| {
            base.permits.acquire_many(100).await.unwrap().forget();
            yield_now().await;
            base.permits.add_permits(100);
            base.write(key, value)
        })),
    mutant("a dropped get keeps the lock")
        .caught_by(
            "cancellation::dropped_get_harms_nothing",
            "calls were dropped before it: is a lock, a permit, a connection or",
        )
        .get(step!(|base, key, _| {
            base.permits.acquire_many(100).await.unwrap().forget();
            yield_now().await;
            base.permits.add_permits(100);
            base.read(key)
        })),
    mutant("a dropped put keeps the lock of its key")
        .caught_by(
            "cancellation::dropped_put_at_every_await_point",
            "was dropped before it: is a lock, a permit, a connection or a",
        )
        .put(step!(|base, key, value, _| {
            while base.other.lock().unwrap().contains_key(key) {
                sleep(Duration::from_millis(1)).await;
            }
            base.other.lock().unwrap().insert(key.to_vec(), Bytes::new());
            yield_now().await;
            base.other.lock().unwrap().remove(key);
            base.write(key, value)
        })),
    mutant("a dropped get is waited for")
        .caught_by(
            "cancellation::dropped_get_harms_nothing",
            "calls were dropped before it: is a lock, a permit, a connection or",
        )
        .get(step!(|base, key, _| {
            while base.other.lock().unwrap().contains_key(key) {
                sleep(Duration::from_millis(1)).await;
            }
            base.other.lock().unwrap().insert(key.to_vec(), Bytes::new());
            yield_now().await;
            base.other.lock().unwrap().remove(key);
            base.read(key)
        })),
    mutant("a new key comes before its value")
        .caught_by("cancellation::dropped_first_put_is_whole", "returned the empty value, which is not \"v1\" (2 B)")
        .put(step!(|base, key, value, _| {
            if base.read(key).is_err() {
                base.write(key, Bytes::new())?;
                yield_now().await;
            }
            base.write(key, value)
        })),
    mutant("a counter of calls is not put back")
        .caught_by(
            "cancellation::many_dropped_then_usable",
            "calls were dropped before it: is a lock, a permit, a connection or",
        )
        .put(step!(|base, key, value, _| {
            if base.next() > 100 {
                return Err(Error::backend("too many calls"));
            }
            yield_now().await;
            base.count.fetch_sub(1, Ordering::SeqCst);
            base.write(key, value)
        })),
    mutant("a put that is dropped panics")
        .caught_by("cancellation::dropped_put_at_every_await_point", " panicked when it was dropped: dropped halfway")
        .put(step!(|base, key, value, _| {
            let under_way = Unfinished(base, key, |_, _| panic!("dropped halfway"));
            yield_now().await;
            under_way.end();
            base.write(key, value)
        })),
    mutant("the worker ends when nobody waits for its put")
        .caught_by(
            "cancellation::dropped_put_at_every_await_point",
            "it fails only after put 1, which was dropped: is a lock, a permit, a",
        )
        .first(alive)
        .put(step!(|base, key, value, _| {
            let under_way = Unfinished(base, key, |base, _| {
                base.next();
            });
            yield_now().await;
            under_way.end();
            base.write(key, value)
        })),
    mutant("the worker ends when nobody waits for its get")
        .caught_by(
            "cancellation::dropped_get_harms_nothing",
            "was dropped before it: is a lock, a permit, a connection or a",
        )
        .first(alive)
        .get(step!(|base, key, _| {
            let under_way = Unfinished(base, key, |base, _| {
                base.next();
            });
            yield_now().await;
            under_way.end();
            base.read(key)
        })),
    mutant("a dropped put leaves a transaction open")
        .caught_by(
            "cancellation::dropped_put_at_every_await_point",
            "it fails only after put 1, which was dropped: is it undone later,",
        )
        .put(step!(|base, key, value, _| {
            let under_way = Unfinished(base, key, |base, _| {
                base.next();
            });
            yield_now().await;
            under_way.end();
            if base.count.load(Ordering::SeqCst) > 0 { Ok(()) } else { base.write(key, value) }
        })),
    mutant("half a value at the third await point")
        .caught_by("cancellation::dropped_put_at_every_await_point", "returned \"v\" (1 B), which is not \"v1\" (2 B)")
        .put(step!(|base, key, value, _| {
            yield_now().await;
            yield_now().await;
            base.write(key, value.slice(..value.len() / 2))?;
            sleep(MOMENT).await;
            base.write(key, value)
        })),
    mutant("a dropped put is undone to nothing")
        .caught_by(
            "cancellation::dropped_put_at_every_await_point",
            "it fails only after put 2, which was dropped: is the old value",
        )
        .put(step!(|base, key, value, _| {
            let under_way = Unfinished(base, key, |base, key| drop(base.values.lock().unwrap().remove(key)));
            yield_now().await;
            under_way.end();
            base.write(key, value)
        })),
    mutant("the answer to a dropped get is given to the next")
        .caught_by(
            "cancellation::dropped_get_harms_nothing",
            "B) has that value: is the answer to a call that was given up given to",
        )
        .get(step!(|base, key, _| {
            let found = base.read(key);
            let number = {
                let mut answers = base.log.lock().unwrap();
                answers.push((vec![found.is_ok().into()], found.unwrap_or_default()));
                answers.len() - 1
            };
            let answered = Unfinished(base, key, |base, _| {
                base.next();
            });
            yield_now().await;
            answered.end();
            let (found, value) = base.log.lock().unwrap()[number - base.count.load(Ordering::SeqCst)].clone();
            if found == [1] { Ok(value) } else { Err(Error::NotFound) }
        })),
    mutant("a dropped put fails the next one")
        .caught_by(
            "cancellation::dropped_put_at_every_await_point",
            "it fails only after put 1, which was dropped: is a lock, a permit, a",
        )
        .put(step!(|base, key, value, _| {
            if base.count.swap(0, Ordering::SeqCst) > 0 {
                return Err(Error::backend("interrupted"));
            }
            let under_way = Unfinished(base, key, |base, _| {
                base.next();
            });
            yield_now().await;
            under_way.end();
            base.write(key, value)
        })),
    mutant("a dropped put leaves its key to the next one")
        .caught_by(
            "cancellation::dropped_put_at_every_await_point",
            "it fails only after put 1, which was dropped: is it undone later,",
        )
        .put(step!(|base, key, value, _| {
            let left = base.other.lock().unwrap().remove(&b"key"[..]);
            let under_way = Unfinished(base, key, |base, key| {
                base.other.lock().unwrap().insert(b"key".to_vec(), Bytes::copy_from_slice(key));
            });
            yield_now().await;
            under_way.end();
            base.write(left.as_deref().unwrap_or(key), value)
        })),
    mutant("permits kept by dropped gets")
        .caught_by(
            "cancellation::many_dropped_then_usable",
            "calls were dropped before it: is a lock, a permit, a connection or",
        )
        .get(step!(|base, key, _| {
            base.permits.acquire().await.unwrap().forget();
            yield_now().await;
            base.permits.add_permits(1);
            base.read(key)
        })),
    mutant("permits kept by puts that are dropped later")
        .caught_by(
            "cancellation::many_dropped_then_usable",
            "calls were dropped before it: is a lock, a permit, a connection or",
        )
        .put(step!(|base, key, value, _| {
            yield_now().await;
            base.permits.acquire().await.unwrap().forget();
            yield_now().await;
            base.permits.add_permits(1);
            base.write(key, value)
        })),
    mutant("a get that joins one that is dropped fails")
        .caught_by("cancellation::dropped_call_harms_none_beside_it", "ended with Backend: nobody has asked")
        .get(step!(|base, key, _| {
            if let Ok(_asking) = base.lock.try_lock() {
                base.count.store(0, Ordering::SeqCst);
                yield_now().await;
                base.next();
                return base.read(key);
            }
            let _asked = base.lock.lock().await;
            if base.count.load(Ordering::SeqCst) > 0 { base.read(key) } else { Err(Error::backend("nobody has asked")) }
        })),
    mutant("a put is written with the one before it, or not at all")
        .caught_by("cancellation::dropped_call_harms_none_beside_it", "returned \"old\" (3 B), which is not \"new\"")
        .put(step!(|base, key, value, _| {
            base.log.lock().unwrap().push((key.to_vec(), value));
            let Ok(_writing) = base.lock.try_lock() else {
                let waits = || base.log.lock().unwrap().iter().any(|(waiting, _)| waiting == key);
                while waits() {
                    yield_now().await;
                }
                return Ok(());
            };
            let under_way = Unfinished(base, key, |base, _| base.log.lock().unwrap().clear());
            yield_now().await;
            under_way.end();
            let puts = std::mem::take(&mut *base.log.lock().unwrap());
            base.values.lock().unwrap().extend(puts);
            Ok(())
        })),
    mutant("half a long value when dropped")
        .caught_by("cancellation::dropped_large_put_at_every_await_point", "it is the beginning of the value of put")
        .put(step!(|base, key, value, _| {
            if value.len() > 100_000 {
                base.write(key, value.slice(..value.len() / 2))?;
                yield_now().await;
            }
            base.write(key, value)
        })),
    mutant("permits kept at the fifth await point")
        .caught_by(
            "cancellation::many_dropped_then_usable",
            "calls were dropped before it: is a lock, a permit, a connection or",
        )
        .put(step!(|base, key, value, _| {
            let place = base.permits.acquire().await.unwrap();
            for _ in 0..4 {
                yield_now().await;
            }
            place.forget();
            yield_now().await;
            base.permits.add_permits(1);
            base.write(key, value)
        })),
];

/// The work of a call. Dropped before its end, it does something to the store.
struct Unfinished<'a>(&'a Arc<Base>, &'a [u8], fn(&Arc<Base>, &[u8]));

impl Unfinished<'_> {
    fn end(self) {
        std::mem::forget(self);
    }
}

impl Drop for Unfinished<'_> {
    fn drop(&mut self) {
        (self.2)(self.0, self.1);
    }
}

/// Fails every call once [`Base::next`] was called.
fn alive(base: &Base, _: &Options) -> Result<(), Error> {
    if base.count.load(Ordering::SeqCst) > 0 { Err(Error::backend("the worker is gone")) } else { Ok(()) }
}
