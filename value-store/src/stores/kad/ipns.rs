//! Which records of IPNS names are valid, and which is the newest.

use super::rules::Validator;
use crate::ipns::{Name, Record};

/// The validator of `/ipns/…`, as the Amino DHT has it: a node with it takes valid IPNS records, and keeps the newest of a
/// name. Needs the feature `ipns`.
///
/// ```no_run
/// use value_store::stores::KadStore;
/// use value_store::stores::kad::IpnsValidator;
///
/// # async fn start() -> Result<(), Box<dyn std::error::Error>> {
/// let node = KadStore::builder().validator("ipns", IpnsValidator).start().await?;
/// # Ok(())
/// # }
/// ```
#[derive(Clone, Copy, Debug, Default)]
pub struct IpnsValidator;

impl Validator for IpnsValidator {
    fn validate(&self, key: &[u8], value: &[u8]) -> Result<(), String> {
        let name = Name::of_key(key).map_err(|error| error.to_string())?;
        Record::verify(&name, value).map(drop).map_err(|error| error.to_string())
    }

    fn select(&self, key: &[u8], values: &[&[u8]]) -> usize {
        let Ok(name) = Name::of_key(key) else { return 0 };
        // One that has expired meanwhile is `None`, which is less than any other.
        let records: Vec<_> = values.iter().map(|value| Record::verify(&name, value).ok()).collect();
        let newest = records.iter().max();
        records.iter().position(|record| Some(record) == newest).unwrap_or(0)
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;
    use crate::ipns::testing::Owner;

    #[test]
    fn the_first_of_the_newest_valid_records_is_selected() {
        let owner = Owner::new();
        let [older, newer, expired] =
            [(1, 60), (2, 60), (3, -1)].map(|(sequence, left)| owner.record(sequence, left, Duration::ZERO));
        let select = |values: &[&[u8]]| IpnsValidator.select(&owner.name().to_key(), values);
        assert_eq!(select(&[&older, &newer, &newer, &expired]), 1);
        assert_eq!(select(&[&expired, &older]), 1);
        assert_eq!(select(&[&expired]), 0);
    }

    #[test]
    fn of_records_with_the_same_number_and_end_all_select_the_same() {
        let (owner, end) = (Owner::new(), chrono::Utc::now() + chrono::TimeDelta::hours(1));
        let [one, other] = [1, 2].map(|seconds| owner.ending(1, end, Duration::from_secs(seconds)));
        let select = |values: &[&[u8]]| IpnsValidator.select(&owner.name().to_key(), values);
        assert_eq!(select(&[&one, &other]), 1 - select(&[&other, &one]));
    }

    #[test]
    fn only_valid_records_of_the_name_are_valid() {
        let (owner, other) = (Owner::new(), Owner::new());
        let validate = |key: &[u8], value: &[u8]| IpnsValidator.validate(key, value);
        validate(&owner.name().to_key(), &owner.numbered(1)).unwrap();
        validate(&owner.name().to_key(), &other.numbered(1)).unwrap_err();
        validate(b"/ipns/name", &owner.numbered(1)).unwrap_err();
    }
}
