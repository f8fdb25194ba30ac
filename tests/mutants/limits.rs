//! Faults of limits: what is taken or refused where it should not be, and what a refusal leaves.

use std::sync::atomic::Ordering;

use value_store::Error;

use crate::mutant::{Mutant, mutant};
use crate::store::{MAX_KEY_LEN, MAX_VALUE_LEN, RIGHT, Steps};
use crate::text;

/// No check of a value where a get of its key says so.
macro_rules! checked_in_put {
    ($unless:ident) => {
        Steps {
            limits: |key, _| (RIGHT.limits)(key, &[]),
            put: |base, key, value, _| {
                Box::pin(async move {
                    if !base.read(key).$unless() {
                        (RIGHT.limits)(&[], &value)?;
                    }
                    base.write(key, value)
                })
            },
            ..RIGHT
        }
    };
}

pub(crate) const MUTANTS: &[Mutant] = &[
    mutant(
        "no limit on values",
        "limits::value_over_the_limit_is_refused",
        "B, more than max_value_len",
        Steps { limits: |key, _| (RIGHT.limits)(key, &[]), ..RIGHT },
    ),
    mutant(
        "limit off by one",
        "limits::value_at_the_limit_is_kept",
        "ended with InvalidValue (invalid value: too long)",
        Steps {
            limits: |key, value| (RIGHT.limits)(key, &[value, if value.is_empty() { b"" } else { b"x" }].concat()),
            ..RIGHT
        },
    ),
    mutant(
        "key limit off by one",
        "limits::key_at_the_limit_is_kept",
        "ended with InvalidKey (invalid key: too long)",
        Steps { limits: |key, value| (RIGHT.limits)(&[key, b"x"].concat(), value), ..RIGHT },
    ),
    mutant(
        "no limit on keys",
        "limits::key_over_the_limit_is_refused",
        "B, more than max_key_len",
        Steps { limits: |_, value| (RIGHT.limits)(&[], value), ..RIGHT },
    ),
    mutant(
        "refused puts delete",
        "limits::refusal_keeps_the_old_value",
        "ended with NotFound",
        Steps {
            limits: |key, value| if value.len() > MAX_VALUE_LEN { Ok(()) } else { (RIGHT.limits)(key, value) },
            put: |base, key, value, _| {
                Box::pin(async move {
                    (RIGHT.limits)(key, &value).inspect_err(|_| drop(base.values.lock().unwrap().remove(key)))?;
                    base.write(key, value)
                })
            },
            ..RIGHT
        },
    ),
    mutant(
        "a refusal keeps a place",
        "limits::many_refusals_then_usable",
        "ended with Backend: no permits available",
        Steps {
            put: |base, key, value, _| {
                Box::pin(async move {
                    let place = base.permits.try_acquire().map_err(Error::backend)?;
                    if value.len() > MAX_VALUE_LEN {
                        place.forget();
                        return Err(Error::InvalidValue("too long".into()));
                    }
                    base.write(key, value)
                })
            },
            limits: |key, _| (RIGHT.limits)(key, &[]),
            ..RIGHT
        },
    ),
    mutant(
        "a limit of two bytes' length",
        "limits::value_over_the_limit_is_refused",
        "B, more than max_value_len",
        Steps {
            limits: |key, value| {
                let (length, limit) = (value.len() % (1 << 16), MAX_VALUE_LEN % (1 << 16));
                if value.len() > MAX_VALUE_LEN && length > limit { (RIGHT.limits)(key, value) } else { Ok(()) }
            },
            ..RIGHT
        },
    ),
    mutant(
        "values counted in characters",
        "limits::value_over_the_limit_is_refused",
        "B, more than max_value_len",
        Steps {
            limits: |key, value| match std::str::from_utf8(value) {
                Ok(text) if text.chars().count() <= MAX_VALUE_LEN => (RIGHT.limits)(key, &[]),
                _ => (RIGHT.limits)(key, value),
            },
            ..RIGHT
        },
    ),
    mutant(
        "values counted without white space",
        "limits::value_over_the_limit_is_refused",
        "B, more than max_value_len",
        Steps { limits: |key, value| (RIGHT.limits)(key, value.trim_ascii_end()), ..RIGHT },
    ),
    mutant(
        "values counted without NULs at the end",
        "limits::value_over_the_limit_is_refused",
        "B, more than max_value_len",
        Steps { limits: |key, value| (RIGHT.limits)(key, value.strip_suffix(b"\0").unwrap_or(value)), ..RIGHT },
    ),
    mutant(
        "one more is taken",
        "limits::value_over_the_limit_is_refused",
        "B, more than max_value_len",
        Steps {
            limits: |key, value| {
                if value.len() == MAX_VALUE_LEN + 1 { (RIGHT.limits)(key, &[]) } else { (RIGHT.limits)(key, value) }
            },
            ..RIGHT
        },
    ),
    mutant(
        "key and value together",
        "limits::value_at_the_limit_is_kept",
        "ended with InvalidValue (invalid value: too long together)",
        Steps {
            limits: |key, value| {
                if key.len() + value.len() > MAX_VALUE_LEN + 1_000 {
                    Err(Error::InvalidValue("too long together".into()))
                } else {
                    (RIGHT.limits)(key, value)
                }
            },
            ..RIGHT
        },
    ),
    mutant(
        "values counted as JSON",
        "limits::value_at_the_limit_is_kept",
        "ended with InvalidValue (invalid value: too long)",
        Steps {
            limits: |key, value| {
                let quotes = value.iter().take(2 * MAX_VALUE_LEN).filter(|byte| **byte == b'"').count();
                if value.len() + quotes > MAX_VALUE_LEN + MAX_VALUE_LEN / 64 {
                    Err(Error::InvalidValue("too long".into()))
                } else {
                    (RIGHT.limits)(key, value)
                }
            },
            ..RIGHT
        },
    ),
    mutant(
        "values counted as text",
        "limits::value_at_the_limit_is_kept",
        "ended with InvalidValue (invalid value: too long)",
        Steps { limits: |key, value| (RIGHT.limits)(key, text(value).as_bytes()), ..RIGHT },
    ),
    mutant(
        "too long a value is a failure of the backend",
        "limits::value_over_the_limit_is_refused",
        "ended with Backend: too long",
        Steps {
            limits: |key, value| match (RIGHT.limits)(key, value) {
                Err(Error::InvalidValue(text)) => Err(Error::backend(text)),
                other => other,
            },
            ..RIGHT
        },
    ),
    mutant(
        "too long a value is an invalid key",
        "limits::value_over_the_limit_is_refused",
        "ended with InvalidKey (invalid key: too long)",
        Steps {
            limits: |key, value| match (RIGHT.limits)(key, value) {
                Err(Error::InvalidValue(text)) => Err(Error::InvalidKey(text)),
                other => other,
            },
            ..RIGHT
        },
    ),
    mutant(
        "too long a key is an invalid value",
        "limits::key_over_the_limit_is_refused",
        "ended with InvalidValue (invalid value: too long)",
        Steps {
            limits: |key, value| match (RIGHT.limits)(key, value) {
                Err(Error::InvalidKey(text)) => Err(Error::InvalidValue(text)),
                other => other,
            },
            ..RIGHT
        },
    ),
    mutant(
        "keys counted without white space",
        "limits::key_over_the_limit_is_refused",
        "B, more than max_key_len",
        Steps { limits: |key, value| (RIGHT.limits)(key.trim_ascii_end(), value), ..RIGHT },
    ),
    mutant(
        "keys counted in characters",
        "limits::key_over_the_limit_is_refused",
        "B, more than max_key_len",
        Steps {
            limits: |key, value| match std::str::from_utf8(key) {
                Ok(text) if text.chars().count() <= MAX_KEY_LEN => (RIGHT.limits)(&[], value),
                _ => (RIGHT.limits)(key, value),
            },
            ..RIGHT
        },
    ),
    mutant(
        "keys counted percent encoded",
        "limits::key_at_the_limit_is_kept",
        "ended with InvalidKey (invalid key: too long)",
        Steps {
            limits: |key, value| {
                if key.iter().map(|byte| if byte.is_ascii() { 1 } else { 3 }).sum::<usize>() > MAX_KEY_LEN {
                    Err(Error::InvalidKey("too long".into()))
                } else {
                    (RIGHT.limits)(key, value)
                }
            },
            ..RIGHT
        },
    ),
    mutant(
        "the last byte of the longest key is cut",
        "limits::key_at_the_limit_is_kept",
        "returned \"e1L5dGOXwNs4iRhw\" (16 B)",
        Steps { key: |key| key[..key.len().min(MAX_KEY_LEN - 1)].to_vec(), ..RIGHT },
    ),
    mutant(
        "a get of too long a key fails",
        "limits::key_over_the_limit_is_refused",
        "ended with Backend: too long",
        Steps {
            limits: |key, value| match (RIGHT.limits)(key, value) {
                Err(Error::InvalidKey(text)) if value.is_empty() => Err(Error::backend(text)),
                other => other,
            },
            ..RIGHT
        },
    ),
    mutant(
        "too long a key is cut",
        "limits::key_over_the_limit_is_refused",
        "B, more than max_key_len",
        Steps {
            limits: |_, value| (RIGHT.limits)(&[], value),
            key: |key| key[..key.len().min(MAX_KEY_LEN)].to_vec(),
            ..RIGHT
        },
    ),
    mutant(
        "too long a value is cut",
        "limits::value_over_the_limit_is_refused",
        "B, more than max_value_len",
        Steps {
            limits: |key, _| (RIGHT.limits)(key, &[]),
            put_value: |value| value.slice(..value.len().min(MAX_VALUE_LEN)),
            ..RIGHT
        },
    ),
    mutant(
        "checked when the key is new",
        "limits::refusal_keeps_the_old_value",
        "B, more than max_value_len",
        checked_in_put!(is_ok),
    ),
    mutant(
        "checked when the key is there",
        "limits::value_over_the_limit_is_refused",
        "B, more than max_value_len",
        checked_in_put!(is_err),
    ),
    mutant(
        "what fits is stored, and refused",
        "limits::value_over_the_limit_is_refused",
        "returned 1048576 B",
        Steps {
            limits: |key, _| (RIGHT.limits)(key, &[]),
            put: |base, key, value, _| {
                Box::pin(async move {
                    base.write(key, value.slice(..value.len().min(MAX_VALUE_LEN)))?;
                    (RIGHT.limits)(&[], &value)
                })
            },
            ..RIGHT
        },
    ),
    mutant(
        "refused after it was logged",
        "limits::refused_value_stays_away",
        "returned 1048577 B",
        Steps {
            limits: |key, _| (RIGHT.limits)(key, &[]),
            put: |base, key, value, _| {
                Box::pin(async move {
                    base.other.lock().unwrap().insert(key.to_vec(), value.clone());
                    (RIGHT.limits)(&[], &value)?;
                    base.write(key, value)
                })
            },
            opened: |last| {
                let base = last.unwrap_or_default();
                let log = std::mem::take(&mut *base.other.lock().unwrap());
                base.values.lock().unwrap().extend(log);
                base
            },
            ..RIGHT
        },
    ),
    mutant(
        "each key that is refused keeps a place",
        "limits::many_long_keys_then_usable",
        "and not with InvalidKey, for a key longer than max_key_len",
        Steps {
            limits: |_, value| (RIGHT.limits)(&[], value),
            put: |base, key, value, _| {
                Box::pin(async move {
                    if base.count.load(Ordering::SeqCst) > 100 {
                        return Err(Error::backend("no place is left"));
                    }
                    if let Err(refused) = (RIGHT.limits)(key, &[]) {
                        base.next();
                        return Err(refused);
                    }
                    base.write(key, value)
                })
            },
            ..RIGHT
        },
    ),
    mutant(
        "a key is refused after it was logged, and cut",
        "limits::refused_key_stays_away",
        "are taken for the same key: one is a prefix of the other",
        Steps {
            limits: |_, value| (RIGHT.limits)(&[], value),
            put: |base, key, value, _| {
                Box::pin(async move {
                    let logged = key[..key.len().min(MAX_KEY_LEN)].to_vec();
                    base.other.lock().unwrap().insert(logged, value.clone());
                    (RIGHT.limits)(key, &[])?;
                    base.write(key, value)
                })
            },
            opened: |last| {
                let base = last.unwrap_or_default();
                let log = std::mem::take(&mut *base.other.lock().unwrap());
                base.values.lock().unwrap().extend(log);
                base
            },
            ..RIGHT
        },
    ),
];
