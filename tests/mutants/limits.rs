//! Faults of limits: what is taken or refused where it should not be, and what a refusal leaves.

use std::sync::atomic::Ordering;

use value_store::Error;

use crate::mutant::{Mutant, mutant};
use crate::store::{MAX_KEY_LEN, MAX_VALUE_LEN, RIGHT, step};
use crate::text;

/// A put that checks its value, unless a get of the key succeeds (`is_ok`) or fails (`is_err`).
macro_rules! checked_in_put {
    ($unless:ident) => {
        step!(|base, key, value, _| {
            if !base.read(key).$unless() {
                (RIGHT.limits)(&[], &value)?;
            }
            base.write(key, value)
        })
    };
}

pub(crate) const MUTANTS: &[Mutant] = &[
    mutant("no limit on values")
        .caught_by("limits::value_over_the_limit_is_refused", "B, more than max_value_len")
        .limits(|key, _| (RIGHT.limits)(key, &[])),
    mutant("limit off by one")
        .caught_by("limits::value_at_the_limit_is_kept", "ended with InvalidValue (invalid value: too long)")
        .limits(|key, value| (RIGHT.limits)(key, &[value, if value.is_empty() { b"" } else { b"x" }].concat())),
    mutant("key limit off by one")
        .caught_by("limits::key_at_the_limit_is_kept", "ended with InvalidKey (invalid key: too long)")
        .limits(|key, value| (RIGHT.limits)(&[key, b"x"].concat(), value)),
    mutant("no limit on keys")
        .caught_by("limits::key_over_the_limit_is_refused", "B, more than max_key_len")
        .limits(|_, value| (RIGHT.limits)(&[], value)),
    mutant("refused puts delete")
        .caught_by("limits::refusal_keeps_the_old_value", "ended with NotFound")
        .limits(|key, value| if value.len() > MAX_VALUE_LEN { Ok(()) } else { (RIGHT.limits)(key, value) })
        .put(step!(|base, key, value, _| {
            (RIGHT.limits)(key, &value).inspect_err(|_| drop(base.values.lock().unwrap().remove(key)))?;
            base.write(key, value)
        })),
    mutant("a refusal keeps a place")
        .caught_by("limits::many_refusals_then_usable", "ended with Backend: no permits available")
        .put(step!(|base, key, value, _| {
            let place = base.permits.try_acquire().map_err(Error::backend)?;
            if value.len() > MAX_VALUE_LEN {
                place.forget();
                return Err(Error::InvalidValue("too long".into()));
            }
            base.write(key, value)
        }))
        .limits(|key, _| (RIGHT.limits)(key, &[])),
    mutant("a limit of two bytes' length")
        .caught_by("limits::value_over_the_limit_is_refused", "B, more than max_value_len")
        .limits(|key, value| {
            let (length, limit) = (value.len() % (1 << 16), MAX_VALUE_LEN % (1 << 16));
            if value.len() > MAX_VALUE_LEN && length > limit { (RIGHT.limits)(key, value) } else { Ok(()) }
        }),
    mutant("values counted in characters")
        .caught_by("limits::value_over_the_limit_is_refused", "B, more than max_value_len")
        .limits(|key, value| match std::str::from_utf8(value) {
            Ok(text) if text.chars().count() <= MAX_VALUE_LEN => (RIGHT.limits)(key, &[]),
            _ => (RIGHT.limits)(key, value),
        }),
    mutant("values counted without white space")
        .caught_by("limits::value_over_the_limit_is_refused", "B, more than max_value_len")
        .limits(|key, value| (RIGHT.limits)(key, value.trim_ascii_end())),
    mutant("values counted without NULs at the end")
        .caught_by("limits::value_over_the_limit_is_refused", "B, more than max_value_len")
        .limits(|key, value| (RIGHT.limits)(key, value.strip_suffix(b"\0").unwrap_or(value))),
    mutant("one more is taken")
        .caught_by("limits::value_over_the_limit_is_refused", "B, more than max_value_len")
        .limits(
            |key, value| {
                if value.len() == MAX_VALUE_LEN + 1 { (RIGHT.limits)(key, &[]) } else { (RIGHT.limits)(key, value) }
            },
        ),
    mutant("key and value together")
        .caught_by("limits::value_at_the_limit_is_kept", "ended with InvalidValue (invalid value: too long together)")
        .limits(|key, value| {
            if key.len() + value.len() > MAX_VALUE_LEN + 1_000 {
                Err(Error::InvalidValue("too long together".into()))
            } else {
                (RIGHT.limits)(key, value)
            }
        }),
    mutant("values counted as JSON")
        .caught_by("limits::value_at_the_limit_is_kept", "ended with InvalidValue (invalid value: too long)")
        .limits(|key, value| {
            let quotes = value.iter().take(2 * MAX_VALUE_LEN).filter(|byte| **byte == b'"').count();
            if value.len() + quotes > MAX_VALUE_LEN + MAX_VALUE_LEN / 64 {
                Err(Error::InvalidValue("too long".into()))
            } else {
                (RIGHT.limits)(key, value)
            }
        }),
    mutant("values counted as text")
        .caught_by("limits::value_at_the_limit_is_kept", "ended with InvalidValue (invalid value: too long)")
        .limits(|key, value| (RIGHT.limits)(key, text(value).as_bytes())),
    mutant("too long a value is a failure of the backend")
        .caught_by("limits::value_over_the_limit_is_refused", "ended with Backend: too long")
        .limits(|key, value| match (RIGHT.limits)(key, value) {
            Err(Error::InvalidValue(text)) => Err(Error::backend(text)),
            other => other,
        }),
    mutant("too long a value is an invalid key")
        .caught_by("limits::value_over_the_limit_is_refused", "ended with InvalidKey (invalid key: too long)")
        .limits(|key, value| match (RIGHT.limits)(key, value) {
            Err(Error::InvalidValue(text)) => Err(Error::InvalidKey(text)),
            other => other,
        }),
    mutant("too long a key is an invalid value")
        .caught_by("limits::key_over_the_limit_is_refused", "ended with InvalidValue (invalid value: too long)")
        .limits(|key, value| match (RIGHT.limits)(key, value) {
            Err(Error::InvalidKey(text)) => Err(Error::InvalidValue(text)),
            other => other,
        }),
    mutant("keys counted without white space")
        .caught_by("limits::key_over_the_limit_is_refused", "B, more than max_key_len")
        .limits(|key, value| (RIGHT.limits)(key.trim_ascii_end(), value)),
    mutant("keys counted in characters")
        .caught_by("limits::key_over_the_limit_is_refused", "B, more than max_key_len")
        .limits(|key, value| match std::str::from_utf8(key) {
            Ok(text) if text.chars().count() <= MAX_KEY_LEN => (RIGHT.limits)(&[], value),
            _ => (RIGHT.limits)(key, value),
        }),
    mutant("keys counted percent encoded")
        .caught_by("limits::key_at_the_limit_is_kept", "ended with InvalidKey (invalid key: too long)")
        .limits(|key, value| {
            if key.iter().map(|byte| if byte.is_ascii() { 1 } else { 3 }).sum::<usize>() > MAX_KEY_LEN {
                Err(Error::InvalidKey("too long".into()))
            } else {
                (RIGHT.limits)(key, value)
            }
        }),
    mutant("the last byte of the longest key is cut")
        .caught_by("limits::key_at_the_limit_is_kept", "B) are taken for the same key: they differ in one byte")
        .key(|key| key[..key.len().min(MAX_KEY_LEN - 1)].to_vec()),
    mutant("a get of too long a key fails")
        .caught_by("limits::key_over_the_limit_is_refused", "ended with Backend: too long")
        .limits(|key, value| match (RIGHT.limits)(key, value) {
            Err(Error::InvalidKey(text)) if value.is_empty() => Err(Error::backend(text)),
            other => other,
        }),
    mutant("too long a key is cut")
        .caught_by("limits::key_over_the_limit_is_refused", "B, more than max_key_len")
        .limits(|_, value| (RIGHT.limits)(&[], value))
        .key(|key| key[..key.len().min(MAX_KEY_LEN)].to_vec()),
    mutant("too long a value is cut")
        .caught_by("limits::value_over_the_limit_is_refused", "B, more than max_value_len")
        .limits(|key, _| (RIGHT.limits)(key, &[]))
        .put_value(|value| value.slice(..value.len().min(MAX_VALUE_LEN))),
    mutant("checked when the key is new")
        .caught_by("limits::refusal_keeps_the_old_value", "B, more than max_value_len")
        .limits(|key, _| (RIGHT.limits)(key, &[]))
        .put(checked_in_put!(is_ok)),
    mutant("checked when the key is there")
        .caught_by("limits::value_over_the_limit_is_refused", "B, more than max_value_len")
        .limits(|key, _| (RIGHT.limits)(key, &[]))
        .put(checked_in_put!(is_err)),
    mutant("what fits is stored, and refused")
        .caught_by("limits::value_over_the_limit_is_refused", "returned 1048576 B")
        .limits(|key, _| (RIGHT.limits)(key, &[]))
        .put(step!(|base, key, value, _| {
            base.write(key, value.slice(..value.len().min(MAX_VALUE_LEN)))?;
            (RIGHT.limits)(&[], &value)
        })),
    mutant("refused after it was logged")
        .caught_by("limits::refused_value_stays_away", "returned 1048577 B")
        .limits(|key, _| (RIGHT.limits)(key, &[]))
        .put(step!(|base, key, value, _| {
            base.other.lock().unwrap().insert(key.to_vec(), value.clone());
            (RIGHT.limits)(&[], &value)?;
            base.write(key, value)
        }))
        .opened(|last| {
            let base = last.unwrap_or_default();
            let log = std::mem::take(&mut *base.other.lock().unwrap());
            base.values.lock().unwrap().extend(log);
            base
        }),
    mutant("each key that is refused keeps a place")
        .caught_by("limits::many_long_keys_then_usable", "and not with InvalidKey, for a key longer than max_key_len")
        .limits(|_, value| (RIGHT.limits)(&[], value))
        .put(step!(|base, key, value, _| {
            if base.count.load(Ordering::SeqCst) > 100 {
                return Err(Error::backend("no place is left"));
            }
            if let Err(refused) = (RIGHT.limits)(key, &[]) {
                base.next();
                return Err(refused);
            }
            base.write(key, value)
        })),
    mutant("a key is refused after it was logged, and cut")
        .caught_by("limits::refused_key_stays_away", "has that value, an")
        .limits(|_, value| (RIGHT.limits)(&[], value))
        .put(step!(|base, key, value, _| {
            let logged = key[..key.len().min(MAX_KEY_LEN)].to_vec();
            base.other.lock().unwrap().insert(logged, value.clone());
            (RIGHT.limits)(key, &[])?;
            base.write(key, value)
        }))
        .opened(|last| {
            let base = last.unwrap_or_default();
            let log = std::mem::take(&mut *base.other.lock().unwrap());
            base.values.lock().unwrap().extend(log);
            base
        }),
];
