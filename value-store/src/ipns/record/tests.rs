use std::fmt::Write as _;

use super::*;
use crate::ipns::testing::{HOUR, Owner};

/// The record with its fields of version 1 left out, as newer publishers may do.
fn of_version_2_alone(record: &[u8]) -> Vec<u8> {
    let mut reader = BytesReader::from_bytes(record);
    let (mut kept, mut writer) = (Vec::new(), Vec::new());
    while !reader.is_eof() {
        let tag = reader.next_tag(record).unwrap();
        match tag {
            // Their signature and the data.
            66 | tag::DATA => kept.push((tag, reader.read_bytes(record).unwrap())),
            other => reader.read_unknown(record, other).unwrap(),
        }
    }
    let mut out = Writer::new(&mut writer);
    for (tag, bytes) in kept {
        out.write_with_tag(tag, |out| out.write_bytes(bytes)).unwrap();
    }
    writer
}

#[test]
fn a_record_has_its_sequence_number_its_end_and_its_ttl() {
    let owner = Owner::new();
    let record = Record::verify(&owner.name(), &owner.record(7, HOUR, Duration::from_secs(60))).unwrap();
    let left = record.valid_until().duration_since(SystemTime::now()).unwrap();
    assert_eq!((record.sequence(), record.ttl()), (7, Some(Duration::from_secs(60))));
    assert!((3_500..=3_600).contains(&left.as_secs()), "{left:?}");
    let record = Record::verify(&owner.name(), &owner.record(7, HOUR, Duration::ZERO)).unwrap();
    assert_eq!(record.ttl(), None);
}

#[test]
fn the_greater_number_is_newer_and_then_the_later_end() {
    let owner = Owner::new();
    let of = |sequence, left| {
        Record::verify(&owner.name(), &owner.record(sequence, left, Duration::from_secs(u64::from(left < HOUR))))
            .unwrap()
    };
    assert!(of(2, HOUR / 2) > of(1, HOUR));
    assert!(of(2, HOUR) > of(2, HOUR / 2));
}

#[test]
fn of_records_that_agree_in_both_what_is_signed_decides() {
    let (owner, end) = (Owner::new(), Utc::now() + chrono::TimeDelta::hours(1));
    let verify = |bytes: &[u8]| Record::verify(&owner.name(), bytes).unwrap();
    let records = [0, 1, 2, 3, 4, 5].map(|seconds| owner.ending(1, end, Duration::from_secs(seconds)));
    let mut ranks = records.each_ref().map(|record| verify(record).rank());
    ranks.sort_unstable();
    assert!(ranks.windows(2).all(|two| two[0] < two[1]));
    // Around it, anybody may add something.
    let mut padded = records[0].to_vec();
    Writer::new(&mut padded).write_with_tag(802, |writer| writer.write_bytes(b"more")).unwrap();
    assert_eq!(verify(&padded), verify(&records[0]));
}

#[test]
fn a_record_of_version_2_alone_whose_fields_are_too_long_twice_is_too_long() {
    let owner = Owner::new();
    let long = of_version_2_alone(&owner.pointing_at(&"/ipfs/".repeat(1_000)));
    assert!(long.len() < MAX_RECORD_LEN);
    let error = Record::verify(&owner.name(), &long).unwrap_err();
    assert!(matches!(error, RecordError::TooLongWithVersion1 { length } if length > 12_000), "{error:?}");
}

#[test]
fn a_record_of_version_2_alone_is_valid_and_has_the_signed_number() {
    let owner = Owner::new();
    let alone = of_version_2_alone(&owner.record(u64::MAX, HOUR, Duration::from_secs(5)));
    let record = Record::verify(&owner.name(), &alone).unwrap();
    assert_eq!((record.sequence(), record.ttl()), (u64::MAX, Some(Duration::from_secs(5))));
    // Numbers beside the data are not signed.
    let mut tampered = alone.clone();
    Writer::new(&mut tampered).write_with_tag(tag::SEQUENCE, |writer| writer.write_uint64(1)).unwrap();
    assert_eq!(Record::verify(&owner.name(), &tampered).unwrap().sequence(), u64::MAX);
    let mut of_value = alone;
    Writer::new(&mut of_value).write_with_tag(tag::VALUE, |writer| writer.write_bytes(b"/ipfs/other")).unwrap();
    assert!(matches!(Record::verify(&owner.name(), &of_value), Err(RecordError::Invalid(_))));
}

#[test]
fn what_is_wrong_is_said() {
    let (owner, other) = (Owner::new(), Owner::new());
    let valid = owner.record(1, HOUR, Duration::ZERO);
    let check = |bytes: &[u8], part: &str| {
        let error = Record::verify(&owner.name(), bytes).unwrap_err().to_string();
        assert!(error.contains(part), "{error}");
    };
    check(b"", "no valid IPNS record");
    check(b"no record", "no valid IPNS record");
    check(&valid[..valid.len() - 1], "no valid IPNS record");
    check(&vec![0; MAX_RECORD_LEN + 1], "at most 10240 bytes, and this one has 10241");
    check(&owner.record(1, -1, Duration::ZERO), "was valid until ");
    // The key of an Ed25519 name is in the name itself, so a record has none of its own, and its signature is wrong.
    check(&other.record(1, HOUR, Duration::ZERO), "signature is invalid");
    let mut with_its_key = other.numbered(1).to_vec();
    let key = other.key().encode_protobuf();
    Writer::new(&mut with_its_key).write_with_tag(58, |writer| writer.write_bytes(&key)).unwrap();
    check(&with_its_key, &format!("another name: its key is not that of {}", owner.name()));
}

#[test]
fn a_changed_byte_makes_a_record_invalid_or_changes_nothing() {
    let owner = Owner::new();
    let valid = owner.record(1, HOUR, Duration::from_secs(60));
    let expected = Record::verify(&owner.name(), &valid).unwrap();
    let mut accepted = String::new();
    for index in 0..valid.len() {
        let mut changed = valid.to_vec();
        changed[index] ^= 1;
        if let Ok(record) = Record::verify(&owner.name(), &changed) {
            assert_eq!(record, expected);
            let _ = write!(accepted, "{index} ");
        }
    }
    // The signature of version 1 is not looked at.
    assert!(accepted.split(' ').count() < 80, "{accepted}");
}
