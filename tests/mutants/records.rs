//! Faults of stores on networks that validate.

use std::time::Duration;

use tokio::task::yield_now;
use tokio::time::sleep;
use value_store::conformance::records::Namespaced;
use value_store::{Bytes, Error};

use crate::mutant::{Mutant, mutant};
use crate::store::{RIGHT, Steps, step};

const NS: Namespaced = Namespaced::new("ns");

/// Takes only records of the name space, and none that is older than the one that the key has.
pub(crate) const VALIDATING: Steps = Steps {
    records: Some(&NS),
    limits: |key, value| {
        (RIGHT.limits)(key, value)?;
        if key.starts_with(b"/ns/") { Ok(()) } else { Err(Error::InvalidKey("not in the name space".into())) }
    },
    put: step!(|base, key, value, _| {
        let mut values = base.values.lock().unwrap();
        check(values.get(key), &value, |old, new| old <= new)?;
        values.insert(key.to_vec(), value);
        Ok(())
    }),
    ..RIGHT
};

pub(crate) const MUTANTS: &[Mutant] = &[
    mutant(
        "an older record replaces a newer one",
        "records::older_is_refused",
        "said Ok to a record that is older than the one that the key has",
        Steps {
            put: step!(|base, key, value, _| {
                // Lets a newer one pass, so that the last case does not depend on which of two threads is first.
                if number(&value)? == 1 {
                    yield_now().await;
                }
                base.write(key, value)
            }),
            ..VALIDATING
        },
    ),
    mutant(
        "the same record again is refused",
        "records::same_again_is_ok",
        "the same again is neither",
        Steps {
            put: step!(|base, key, value, _| {
                let mut values = base.values.lock().unwrap();
                check(values.get(key), &value, |old, new| old < new)?;
                values.insert(key.to_vec(), value);
                Ok(())
            }),
            ..VALIDATING
        },
    ),
    mutant(
        "looks at the old record long before it replaces it",
        "records::newest_of_several_wins",
        "had stored",
        Steps {
            put: step!(|base, key, value, _| {
                check(base.read(key).ok().as_ref(), &value, |old, new| old <= new)?;
                // Of several at the same time, the later one is the quicker one.
                sleep(Duration::from_millis(20_u64.saturating_sub(5 * number(&value)?))).await;
                base.write(key, value)
            }),
            ..VALIDATING
        },
    ),
    mutant(
        "a value that is no record is stored",
        "records::invalid_is_refused",
        "said Ok to a value that is no valid record of the key",
        Steps {
            put: step!(|base, key, value, _| {
                let mut values = base.values.lock().unwrap();
                if number(&value).is_ok() {
                    check(values.get(key).filter(|old| number(old).is_ok()), &value, |old, new| old <= new)?;
                }
                values.insert(key.to_vec(), value);
                Ok(())
            }),
            ..VALIDATING
        },
    ),
    mutant(
        "the order of records is forgotten at a restart",
        "records::older_is_refused_after_reopening",
        "said Ok to a record that is older",
        Steps {
            put: step!(|base, key, value, _| {
                let mut newest = base.other.lock().unwrap();
                check(newest.get(key), &value, |old, new| old <= new)?;
                newest.insert(key.to_vec(), value.clone());
                base.write(key, value)
            }),
            opened: |last| {
                let base = last.unwrap_or_default();
                base.other.lock().unwrap().clear();
                base
            },
            ..VALIDATING
        },
    ),
    mutant(
        "looks at the old record, and replaces it a turn later",
        "records::newest_of_several_wins",
        "it is the older value, of put 1",
        Steps {
            put: step!(|base, key, value, _| {
                check(base.read(key).ok().as_ref(), &value, |old, new| old <= new)?;
                if number(&value)? == 1 {
                    yield_now().await;
                }
                base.write(key, value)
            }),
            ..VALIDATING
        },
    ),
];

/// The number that a record begins with.
fn number(value: &[u8]) -> Result<u64, Error> {
    let digits = value.split(|byte| *byte == b' ').next().and_then(|digits| std::str::from_utf8(digits).ok());
    let number = digits.and_then(|digits| digits.parse().ok());
    number.ok_or_else(|| Error::InvalidValue("no record".into()))
}

/// Whether a record may be put over the one that the key has.
fn check(old: Option<&Bytes>, new: &Bytes, may_follow: fn(u64, u64) -> bool) -> Result<(), Error> {
    let new = number(new)?;
    match old {
        Some(old) if !may_follow(number(old)?, new) => Err(Error::InvalidValue("no newer record".into())),
        _ => Ok(()),
    }
}
