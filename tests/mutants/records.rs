//! Faults of stores on networks that validate.

use std::time::Duration;

use tokio::task::yield_now;
use tokio::time::sleep;
use value_store::conformance::records::Namespaced;
use value_store::{Bytes, Error};

use crate::mutant::Mutant;
use crate::store::{RIGHT, Steps, step};

const NS: Namespaced = Namespaced::new("ns");

/// Takes only records of the name space, and refuses one that is older than what the key has.
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
    VALIDATING
        .mutant("an older record replaces a newer one")
        .caught_by("records::older_is_refused", "said Ok to a record that is older than the one that the key")
        .put(step!(|base, key, value, _| {
            // Lets a newer record pass, so that it fails `newest_of_several_wins` whichever thread comes first.
            if number(&value)? == 1 {
                yield_now().await;
            }
            base.write(key, value)
        })),
    VALIDATING
        .mutant("the same record again is refused")
        .caught_by("records::same_again_is_ok", "the same again is neither")
        .put(step!(|base, key, value, _| {
            let mut values = base.values.lock().unwrap();
            check(values.get(key), &value, |old, new| old < new)?;
            values.insert(key.to_vec(), value);
            Ok(())
        })),
    VALIDATING
        .mutant("looks at the old record long before it replaces it")
        .caught_by("records::newest_of_several_wins", "had stored")
        .put(step!(|base, key, value, _| {
            check(base.read(key).ok().as_ref(), &value, |old, new| old <= new)?;
            // Of several at the same time, a newer record takes less time.
            sleep(Duration::from_millis(20_u64.saturating_sub(5 * number(&value)?))).await;
            base.write(key, value)
        })),
    VALIDATING
        .mutant("a value that is no record is stored")
        .caught_by("records::invalid_is_refused", "said Ok to a value that is no valid record of the key")
        .put(step!(|base, key, value, _| {
            let mut values = base.values.lock().unwrap();
            if number(&value).is_ok() {
                check(values.get(key).filter(|old| number(old).is_ok()), &value, |old, new| old <= new)?;
            }
            values.insert(key.to_vec(), value);
            Ok(())
        })),
    VALIDATING
        .mutant("the order of records is forgotten at a restart")
        .caught_by("records::older_is_refused_after_reopening", "said Ok to a record that is older")
        .put(step!(|base, key, value, _| {
            let mut newest = base.other.lock().unwrap();
            check(newest.get(key), &value, |old, new| old <= new)?;
            newest.insert(key.to_vec(), value.clone());
            base.write(key, value)
        }))
        .opened(|last| {
            let base = last.unwrap_or_default();
            base.other.lock().unwrap().clear();
            base
        }),
    VALIDATING
        .mutant("looks at the old record, and replaces it a turn later")
        .caught_by("records::newest_of_several_wins", "ran at the same time: is it agreed")
        .put(step!(|base, key, value, _| {
            check(base.read(key).ok().as_ref(), &value, |old, new| old <= new)?;
            if number(&value)? == 1 {
                yield_now().await;
            }
            base.write(key, value)
        })),
];

/// The number at the beginning of a record.
fn number(value: &[u8]) -> Result<u64, Error> {
    let digits = value.split(|byte| *byte == b' ').next().and_then(|digits| std::str::from_utf8(digits).ok());
    let number = digits.and_then(|digits| digits.parse().ok());
    number.ok_or_else(|| Error::InvalidValue("no record".into()))
}

/// Refuses a record that may not follow the one that the key has.
fn check(old: Option<&Bytes>, new: &Bytes, may_follow: fn(u64, u64) -> bool) -> Result<(), Error> {
    let new = number(new)?;
    match old {
        Some(old) if !may_follow(number(old)?, new) => Err(Error::InvalidValue("no newer record".into())),
        _ => Ok(()),
    }
}
