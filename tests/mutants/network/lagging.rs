//! Faults of handles that see the puts of others late.

use std::thread;
use std::time::Duration;

use tokio::task::yield_now;
use value_store::conformance::Claim;
use value_store::{Bytes, Error};

use super::{NETWORK, within};
use crate::mutant::Mutant;
use crate::store::{Base, Steps, step};

pub(crate) const CLAIMS: &[Claim] = &[Claim::Shared, Claim::Monotonic, Claim::Faults];

/// A store with a late copy of each value. A handle reads that one, unless it was itself the last to put.
pub(crate) const LAGGING: Steps = Steps {
    put: step!(|base, key, value, options| {
        within(options, base.pass()).await?;
        put_ahead_of_the_copy(base, key, value);
        Ok(())
    }),
    get: step!(|base, key, options| {
        within(options, base.pass()).await?;
        own(base, key).map_or_else(|| copy(base, key), Ok)
    }),
    propagation: Duration::from_millis(200),
    ..NETWORK
};

/// How many gets the copy of a value is late.
const LATE: u8 = 3;

/// Where the values of a world have the copy of a key, and how late that still is.
fn places(key: &[u8]) -> [Vec<u8>; 2] {
    [[b"copy of ", key].concat(), [b"lateness of ", key].concat()]
}

/// Writes a value. The copy then has the one before, whatever it had, so that it is never two puts late.
fn put_ahead_of_the_copy(base: &Base, key: &[u8], value: Bytes) {
    let (mut own, mut values) = (base.other.lock().unwrap(), base.values.lock().unwrap());
    let [copy, lateness] = places(key);
    own.insert(key.to_vec(), value.clone());
    if let Some(last) = values.insert(key.to_vec(), value) {
        values.insert(copy, last);
    }
    values.insert(lateness, Bytes::from(vec![LATE]));
}

/// Reads the copy, which is then less late.
fn copy(base: &Base, key: &[u8]) -> Result<Bytes, Error> {
    let ([copy, lateness], mut values) = (places(key), base.values.lock().unwrap());
    let late = values.get(&lateness).map_or(0, |late| late[0]);
    let of_the_copy = values.get(if late == 0 { key } else { &copy }).cloned();
    values.insert(lateness, Bytes::from(vec![late.saturating_sub(1)]));
    of_the_copy.ok_or(Error::NotFound)
}

/// The value of the key, if this handle was the last to put.
fn own(base: &Base, key: &[u8]) -> Option<Bytes> {
    let (own, newest) = (base.other.lock().unwrap(), base.read(key).ok()?);
    own.get(key).is_some_and(|own| own.as_ptr() == newest.as_ptr()).then_some(newest)
}

/// How often a handle returns a value that it has cached.
const HITS: usize = 3;

/// Takes a value from the cache of a handle, if it is there. An entry is there once for each time that it may be returned.
fn cached(base: &Base, key: &[u8]) -> Option<Bytes> {
    let mut cache = base.log.lock().unwrap();
    let place = cache.iter().position(|(of, _)| of == key)?;
    Some(cache.remove(place).1)
}

fn cache(base: &Base, key: &[u8], value: &Bytes) {
    let mut cache = base.log.lock().unwrap();
    cache.retain(|(of, _)| of != key);
    cache.extend((0..HITS).map(|_| (key.to_vec(), value.clone())));
}

pub(crate) const MUTANTS: &[Mutant] = &[
    LAGGING
        .mutant("now the store answers, and now a late copy that lacks new keys")
        .caught_by("monotonic::found_is_not_missing_again", "does another copy answer, which does not have the key yet")
        .get(step!(|base, key, options| {
            within(options, base.pass()).await?;
            if let Some(own) = own(base, key) {
                return Ok(own);
            }
            let is_the_turn_of_the_copy = base.next() % 2 == 1;
            copy(base, key).or_else(|error| if is_the_turn_of_the_copy { Err(error) } else { base.read(key) })
        })),
    LAGGING
        .mutant("now the store answers, and now a late copy")
        .caught_by("monotonic::gets_of_what_another_puts", "does another copy or a cache answer, which is older")
        .get(step!(|base, key, options| {
            within(options, base.pass()).await?;
            if let Some(own) = own(base, key) {
                return Ok(own);
            }
            if base.next() % 2 == 0 { base.read(key) } else { copy(base, key).or_else(|_| base.read(key)) }
        })),
    LAGGING
        .mutant("a get that takes long caches what it has read")
        .caught_by("monotonic::slow_get_takes_nothing_back", "is what it read kept, over the newer value?")
        .get(step!(|base, key, options| {
            within(options, base.pass()).await?;
            if let Some(known) = own(base, key).or_else(|| cached(base, key)) {
                return Ok(known);
            }
            let found = base.read(key)?;
            yield_now().await;
            cache(base, key, &found);
            Ok(found)
        })),
    LAGGING
        .mutant("a handle remembers what it has read of the last sixteen keys")
        .caught_by("monotonic::many_keys_by_turns", "does another copy or a cache answer, which is older")
        .get(step!(|base, key, options| {
            const REMEMBERED: usize = 16;
            within(options, base.pass()).await?;
            if let Some(own) = own(base, key) {
                return Ok(own);
            }
            let newest = base.read(key)?;
            let mut last = base.log.lock().unwrap();
            let has_returned_it = last.iter().any(|(of, value)| of == key && value.as_ptr() == newest.as_ptr());
            let found =
                if has_returned_it || base.next() % 2 == 0 { newest } else { copy(base, key).unwrap_or(newest) };
            last.retain(|(of, _)| of != key);
            last.push((key.to_vec(), found.clone()));
            if last.len() > REMEMBERED {
                last.remove(0);
            }
            Ok(found)
        })),
    LAGGING
        .mutant("in an outage, a handle falls back on the first value that it has read")
        .caught_by("monotonic::outage_takes_nothing_back", "fall back on an older copy while the backend is away")
        .get(step!(|base, key, options| {
            let is_away = within(options, base.pass()).await;
            let mut first = base.log.lock().unwrap();
            let known = first.iter().find(|(of, _)| of == key).map(|(_, value)| value.clone());
            match (is_away, known) {
                (Err(_), Some(known)) if base.other.lock().unwrap().get(key).is_none() => Ok(known),
                (Err(error), _) => Err(error),
                (Ok(()), known) => {
                    let found = own(base, key).map_or_else(|| copy(base, key), Ok)?;
                    first.extend(known.is_none().then(|| (key.to_vec(), found.clone())));
                    Ok(found)
                }
            }
        })),
];

pub(crate) const RACING_MUTANTS: &[Mutant] = &[LAGGING
    .mutant("each thread has a cache of its own")
    .caught_by("monotonic::gets_of_several_threads", "does each have a cache or a connection of its own?")
    .get(step!(|base, key, options| {
        within(options, base.pass()).await?;
        let of_this_thread = [format!("{:?} ", thread::current().id()).as_bytes(), key].concat();
        if let Some(known) = own(base, key).or_else(|| cached(base, &of_this_thread)) {
            return Ok(known);
        }
        let found = base.read(key)?;
        cache(base, &of_this_thread, &found);
        Ok(found)
    }))];
