//! Faults of puts: values that are lost, cut, late, or in the wrong place.

use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;

use tokio::time::sleep;
use value_store::{Bytes, Error};

use crate::mutant::{Mutant, mutant};
use crate::store::{Base, step};

pub(crate) const MUTANTS: &[Mutant] = &[
    mutant("nothing is stored")
        .caught_by("round_trip::put_then_get", "it came right after the put: does put return before the value can")
        .put(step!(|_, _, _, _| Ok(()))),
    mutant("first write wins").caught_by("overwrite::second_put_wins", "it is the older value, of put").put(step!(
        |base, key, value, _| {
            base.values.lock().unwrap().entry(key.to_vec()).or_insert(value);
            Ok(())
        }
    )),
    mutant("a tail is left")
        .caught_by("overwrite::shorter_value_leaves_no_tail", "the tail of the longer old value is still there")
        .put(step!(|base, key, value, _| {
            let old = base.read(key).unwrap_or_default();
            let tail = old.get(value.len()..).unwrap_or_default();
            base.write(key, [&value, tail].concat().into())
        })),
    mutant("no room to grow").caught_by("overwrite::longer_value_is_whole", "the value was cut after").put(step!(
        |base, key, value, _| {
            let room = base.read(key).map_or(value.len(), |old| old.len().min(value.len()));
            base.write(key, value.slice(..room))
        }
    )),
    mutant("the same again is an error")
        .caught_by("overwrite::same_value_again_is_ok", "ended with Backend: no rows changed, and not with Ok")
        .put(step!(|base, key, value, _| {
            if base.read(key).is_ok_and(|old| old == value) {
                return Err(Error::backend("no rows changed"));
            }
            base.write(key, value)
        })),
    mutant("the greater wins")
        .caught_by("overwrite::lexicographically_smaller_replaces", "it is the older value, of put")
        .put(step!(|base, key, value, _| {
            let old = base.read(key).unwrap_or_default();
            base.write(key, old.max(value))
        })),
    mutant("every hundredth put is lost")
        .caught_by("overwrite::hundred_overwrites_last_wins", "it is the older value, of put")
        .put(step!(|base, key, value, _| if base.next() % 100 == 99 { Ok(()) } else { base.write(key, value) })),
    mutant("a put changes its neighbour")
        .caught_by("overwrite::other_keys_untouched", "B) are taken for the same key: one is a prefix of the other")
        .put(step!(|base, key, value, _| {
            let neighbour = [key, b"1"].concat();
            if base.read(&neighbour).is_ok() {
                base.write(&neighbour, value.clone())?;
            }
            base.write(key, value)
        })),
    mutant("an old value comes back").caught_by("overwrite::never_reverts", "it is the older value, of put").put(
        step!(|base, key, value, _| {
            if let Ok(old) = base.read(key) {
                base.other.lock().unwrap().insert(key.to_vec(), old);
            }
            if base.next() == 40 {
                let old = base.other.lock().unwrap().clone();
                base.values.lock().unwrap().extend(old);
            }
            base.write(key, value)
        }),
    ),
    mutant("256 places").caught_by("round_trip::many_keys_each_their_own", "did they push this one out?").put(step!(
        |base, key, value, _| {
            let mut values = base.values.lock().unwrap();
            if values.len() >= 256 {
                values.clear();
            }
            values.insert(key.to_vec(), value);
            Ok(())
        }
    )),
    mutant("1,024 places").caught_by("round_trip::many_puts_evict_nothing", "did they push this one out?").put(step!(
        |base, key, value, _| {
            let mut values = base.values.lock().unwrap();
            if values.len() >= 1_024 {
                values.clear();
            }
            values.insert(key.to_vec(), value);
            Ok(())
        }
    )),
    mutant("10,000 places")
        .caught_by("round_trip::many_puts_evict_nothing", "still found it: is it used up, pushed out")
        .put(step!(|base, key, value, _| {
            let mut values = base.values.lock().unwrap();
            if values.len() >= 10_000 {
                values.clear();
            }
            values.insert(key.to_vec(), value);
            Ok(())
        })),
    mutant("8,192 places, and no word when they are taken")
        .caught_by("round_trip::many_puts_evict_nothing", "ended with NotFound")
        .put(step!(|base, key, value, _| {
            let mut values = base.values.lock().unwrap();
            if values.len() < 8_192 || values.contains_key(key) {
                values.insert(key.to_vec(), value);
            }
            Ok(())
        })),
    mutant("64 MiB and no more").caught_by("round_trip::many_bytes_evict_nothing", "did they push this one out?").put(
        step!(|base, key, value, _| {
            let length = value.len();
            if base.count.fetch_add(length, Ordering::SeqCst) + length > 64 << 20 {
                base.values.lock().unwrap().clear();
                base.count.store(length, Ordering::SeqCst);
            }
            base.write(key, value)
        }),
    ),
    mutant("a value grows only into a new place")
        .caught_by("overwrite::lengths_up_and_down", "the value was cut after")
        .put(step!(|base, key, value, _| {
            let (old, mut places) = (base.read(key).unwrap_or_default(), base.other.lock().unwrap());
            let place = places.get(key).map_or(0, Bytes::len);
            if (old.len() + 1..=place).contains(&value.len()) {
                return base.write(key, value.slice(..old.len()));
            }
            if value.len() > place {
                places.insert(key.to_vec(), value.clone());
            }
            base.write(key, value)
        })),
    mutant("written behind")
        .caught_by("round_trip::put_then_get", "it came right after the put: does put return before the value can")
        .put(step!(|base, key, value, _| {
            let (base, key) = (Arc::clone(base), key.to_vec());
            tokio::spawn(async move {
                sleep(Duration::from_millis(300)).await;
                base.write(&key, value)
            });
            Ok(())
        })),
    mutant("every fourth put is written behind")
        .caught_by("round_trip::ok_means_visible", "it is the older value, of put")
        .put(step!(|base, key, value, _| {
            if !(base.next() + 1).is_multiple_of(4) {
                return base.write(key, value);
            }
            let (base, key) = (Arc::clone(base), key.to_vec());
            tokio::spawn(async move {
                sleep(Duration::from_millis(300)).await;
                base.write(&key, value)
            });
            Ok(())
        })),
    mutant("a put is appended")
        .caught_by("overwrite::second_put_wins", "the value is whole, with something before it")
        .put(step!(|base, key, value, _| {
            let old = base.read(key).unwrap_or_default();
            base.write(key, [old, value].concat().into())
        })),
    mutant("a value of the same length is not written")
        .caught_by("overwrite::hundred_overwrites_last_wins", "it is the older value, of put")
        .put(step!(|base, key, value, _| {
            if base.read(key).is_ok_and(|old| old.len() == value.len()) {
                return Ok(());
            }
            base.write(key, value)
        })),
    mutant("versions are counted in a byte")
        .caught_by("overwrite::hundred_overwrites_last_wins", "it is the older value, of put")
        .put(step!(|base, key, value, _| {
            base.log.lock().unwrap().push((key.to_vec(), Bytes::new()));
            let version = base.log.lock().unwrap().iter().filter(|(put, _)| put == key).count();
            if version > 255 { Ok(()) } else { base.write(key, value) }
        })),
    mutant("an empty value is not written")
        .caught_by("overwrite::empty_value_replaces", "it is the older value, of put")
        .put(step!(|base, key, value, _| {
            if value.is_empty() && base.read(key).is_ok() {
                return Ok(());
            }
            base.write(key, value)
        })),
    mutant("an empty value deletes")
        .caught_by("overwrite::empty_value_replaces", "the value is empty: is that taken for the absence of one?")
        .put(step!(|base, key, value, _| {
            if value.is_empty() && base.read(key).is_ok() {
                base.values.lock().unwrap().remove(key);
                return Ok(());
            }
            base.write(key, value)
        })),
    mutant("a shorter value is refused")
        .caught_by("overwrite::shorter_value_leaves_no_tail", "ended with Backend: cannot shrink, and not with Ok")
        .put(step!(|base, key, value, _| {
            if base.read(key).is_ok_and(|old| old.len() > value.len()) {
                return Err(Error::backend("cannot shrink"));
            }
            base.write(key, value)
        })),
    mutant("the tenth put fails")
        .caught_by("round_trip::many_keys_each_their_own", "ended with Backend: counter, and not with Ok")
        .put(step!(|base, key, value, _| if base.next() == 9 {
            Err(Error::backend("counter"))
        } else {
            base.write(key, value)
        })),
    mutant("growing loses a part")
        .caught_by("round_trip::many_keys_each_their_own", "ended with NotFound, where put")
        .put(step!(|base, key, value, _| {
            let mut values = base.values.lock().unwrap();
            if values.len() == 128 {
                values.retain(|key, _| key.last().is_some_and(|byte| byte % 2 == 0));
            }
            values.insert(key.to_vec(), value);
            Ok(())
        })),
    mutant("what was put first is gone after half a second")
        .caught_by("at_rest::time_takes_nothing", "passed since it was put: do values expire?")
        .put(step!(|base, key, value, _| {
            // Not more of them: whether a case that puts thousands takes half a second depends on the machine.
            if base.next() < 3 {
                later(base, key, Duration::from_millis(500), |base, key| drop(base.values.lock().unwrap().remove(key)));
            }
            base.write(key, value)
        })),
    mutant("a replaced value comes back after a second")
        .caught_by("at_rest::time_takes_nothing", "it is the older value, of put")
        .put(step!(|base, key, value, _| {
            if let Ok(old) = base.read(key) {
                base.other.lock().unwrap().insert(key.to_vec(), old);
                later(base, key, Duration::from_secs(1), |base, key| {
                    let old = base.other.lock().unwrap()[key].clone();
                    drop(base.write(key, old));
                });
            }
            base.write(key, value)
        })),
    mutant("the tail of several pages stays")
        .caught_by("overwrite::shorter_value_leaves_no_tail", "the tail of the longer old value is still there")
        .put(step!(|base, key, value, _| {
            let old = base.read(key).unwrap_or_default();
            let tail = if value.len() > 4_096 { old.get(value.len()..).unwrap_or_default() } else { b"" };
            base.write(key, [&value[..], tail].concat().into())
        })),
    mutant("a value that the key had before is not written again")
        .caught_by("overwrite::same_value_again_is_ok", "it is the older value, of put")
        .put(step!(|base, key, value, _| {
            let known = [key, b"\0", &value].concat();
            if base.other.lock().unwrap().insert(known, Bytes::new()).is_some() {
                return Ok(());
            }
            base.write(key, value)
        })),
    mutant("replaced values come back when the store tidies up")
        .caught_by("overwrite::never_reverts", "it is the older value, of put 1")
        .put(step!(|base, key, value, _| {
            if let Ok(old) = base.read(key) {
                base.other.lock().unwrap().entry(key.to_vec()).or_insert(old);
            }
            if base.next() == 500 {
                base.values.lock().unwrap().extend(base.other.lock().unwrap().clone());
            }
            base.write(key, value)
        })),
];

/// Does `work` to a key when `time` has passed.
fn later(base: &Arc<Base>, key: &[u8], time: Duration, work: fn(&Base, &[u8])) {
    let (base, key) = (Arc::clone(base), key.to_vec());
    tokio::spawn(async move {
        sleep(time).await;
        work(&base, &key);
    });
}
