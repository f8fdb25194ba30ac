//! Faults of gets: of what is there, and of what is missing.

use std::sync::atomic::Ordering;
use std::time::Duration;

use tokio::time::{Instant, sleep};
use value_store::{Bytes, Error};

use crate::mutant::{Mutant, mutant};
use crate::store::step;

pub(crate) const MUTANTS: &[Mutant] = &[
    mutant("a get uses the value up")
        .caught_by("round_trip::get_repeats", "still found it, and nothing came between: is it used up, or is it not ")
        .get(step!(|base, key, _| base.values.lock().unwrap().remove(key).ok_or(Error::NotFound))),
    mutant("the 1,000th get fails")
        .caught_by("round_trip::get_repeats", "ended with Backend: counter, where put")
        .get(step!(|base, key, _| if base.next() == 999 { Err(Error::backend("counter")) } else { base.read(key) })),
    mutant("misses are remembered")
        .caught_by("missing::miss_then_put_then_get", "came before the put and missed: is the miss remembered?")
        .get(step!(|base, key, _| {
            if base.other.lock().unwrap().contains_key(key) {
                return Err(Error::NotFound);
            }
            base.read(key).inspect_err(|_| drop(base.other.lock().unwrap().insert(key.to_vec(), "".into())))
        })),
    mutant("a miss inserts")
        .caught_by("missing::miss_inserts_nothing", "a key without a value is Err(Error::NotFound); the empty value is")
        .get(step!(|base, key, _| base.read(key).inspect_err(|_| drop(base.write(key, "".into()))))),
    mutant("the hundredth get finds nothing")
        .caught_by("round_trip::get_repeats", "still found it, and nothing came between: is it used up, or is it not ")
        .get(step!(|base, key, _| if base.next() % 100 == 99 { Err(Error::NotFound) } else { base.read(key) })),
    mutant("every second get asks a replica that lags")
        .caught_by("overwrite::hundred_overwrites_last_wins", "it is the older value, of put")
        .put(step!(|base, key, value, _| {
            if let Ok(old) = base.read(key) {
                base.other.lock().unwrap().insert(key.to_vec(), old);
            }
            base.write(key, value)
        }))
        .get(step!(|base, key, _| {
            let old = base.other.lock().unwrap().get(key).cloned();
            match old {
                Some(old) if base.next() % 2 == 1 => Ok(old),
                _ => base.read(key),
            }
        })),
    mutant("two replicas, a put to one of them")
        .caught_by("round_trip::get_repeats", "still found it, and nothing came between: is it used up, or is it not ")
        .put(step!(|base, key, value, _| {
            if base.next() % 2 == 0 {
                return base.write(key, value);
            }
            base.other.lock().unwrap().insert(key.to_vec(), value);
            Ok(())
        }))
        .get(step!(|base, key, _| {
            if base.next() % 2 == 1 {
                return base.read(key);
            }
            base.other.lock().unwrap().get(key).cloned().ok_or(Error::NotFound)
        })),
    mutant("a miss is an error of the backend")
        .caught_by(
            "missing::unknown_key_is_not_found",
            "ended with Backend: not found, and not with NotFound, for a key",
        )
        .get(step!(|base, key, _| base.read(key).map_err(|_| Error::backend("not found")))),
    mutant("a miss returns what was found last")
        .caught_by("missing::one_bit_off_is_missing", "has that value: is the answer to get 2 given once more?")
        .get(step!(|base, key, _| {
            let (found, mut last) = (base.read(key), base.other.lock().unwrap());
            match found {
                Ok(found) => {
                    last.insert(Vec::new(), found.clone());
                    Ok(found)
                }
                Err(_) => last.get(&b""[..]).cloned().ok_or(Error::NotFound),
            }
        })),
    mutant("a miss returns what was put last")
        .caught_by("missing::empty_is_not_missing", "has that value: do the two keys share a hash, or a")
        .put(step!(|base, key, value, _| {
            base.other.lock().unwrap().insert(Vec::new(), value.clone());
            base.write(key, value)
        }))
        .get(step!(|base, key, _| base.read(key).or_else(|_| base
            .other
            .lock()
            .unwrap()
            .get(&b""[..])
            .cloned()
            .ok_or(Error::NotFound)))),
    mutant("a miss waits for a put")
        .caught_by(
            "missing::unknown_key_is_not_found",
            "what has not ended is a get of a key without a value: that ends with N",
        )
        .get(step!(|base, key, _| loop {
            if let Ok(found) = base.read(key) {
                break Ok(found);
            }
            sleep(Duration::from_millis(20)).await;
        })),
    mutant("a miss is remembered for a while")
        .caught_by("missing::miss_then_put_then_get", "came before the put and missed: is the miss remembered?")
        .get(step!(|base, key, _| {
            let end = *base.deadline.lock().unwrap();
            if base.other.lock().unwrap().contains_key(key) && end.is_some_and(|end| Instant::now() < end) {
                return Err(Error::NotFound);
            }
            base.read(key).inspect_err(|_| {
                *base.deadline.lock().unwrap() = Some(Instant::now() + Duration::from_millis(500));
                base.other.lock().unwrap().insert(key.to_vec(), Bytes::new());
            })
        })),
    mutant("a miss keeps its permit")
        .caught_by(
            "missing::many_misses_then_usable",
            "ended with Backend: no permits available, and not with NotFound,",
        )
        .get(step!(|base, key, _| {
            let permit = base.permits.try_acquire().map_err(Error::backend)?;
            base.read(key).inspect_err(|_| permit.forget())
        })),
    mutant("a miss counts as a failure of the backend")
        .caught_by("missing::many_misses_then_usable", "ended with Backend: circuit open, and not with NotFound, for a")
        .first(
            |base, _| {
                if base.count.load(Ordering::SeqCst) > 200 { Err(Error::backend("circuit open")) } else { Ok(()) }
            },
        )
        .get(step!(|base, key, _| base.read(key).inspect_err(|_| {
            base.next();
        }))),
    mutant("a long value is cut the second time")
        .caught_by("value_fidelity::one_mebibyte_patterned", "the value was cut after 65536 bytes")
        .get(step!(|base, key, _| {
            let value = base.read(key)?;
            let again = base.other.lock().unwrap().insert(key.to_vec(), Bytes::new()).is_some();
            Ok(if again { value.slice(..value.len().min(65_536)) } else { value })
        })),
    mutant("a key that was missed three times stays missing")
        .caught_by("missing::miss_then_put_then_get", "came before the put and missed: is the miss remembered?")
        .get(step!(|base, key, _| {
            let mut missed = base.other.lock().unwrap();
            let times = missed.get(key).map_or(0, Bytes::len);
            if times == 3 {
                return Err(Error::NotFound);
            }
            let found = base.read(key);
            if found.is_err() {
                missed.insert(key.to_vec(), vec![0; times + 1].into());
            }
            found
        })),
];
