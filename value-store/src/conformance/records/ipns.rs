use std::fmt::Write as _;
use std::time::Duration;

use bytes::Bytes;
use chrono::{DateTime, Utc};
use ipns_identity::Keypair;
use rust_ipns::Record;
use sha2::{Digest, Sha256};

use super::Records;

/// Real, signed IPNS records, which the Amino DHT and every other IPNS network accept. Needs the feature `ipns`.
///
/// Each name has an Ed25519 key pair of its own. It is derived from the name alone, so anybody can derive it: do not trust
/// these signatures. The key of a record is `/ipns/` and the bytes of the peer id, as in the DHT. The version is the
/// sequence number. A record points at `/ipfs/` and a CID that holds the content inline, as much of it as fits into an
/// identity hash. All records are valid until the year 2100.
///
/// ```
/// use value_store::conformance::records::{Ipns, Records};
/// use value_store::{stores::MemoryStore, value_store_tests};
///
/// #[value_store_tests(records = Ipns)]
/// fn memory() -> MemoryStore {
///     MemoryStore::new()
/// }
///
/// # fn main() {
/// assert!(Ipns.key(b"name").starts_with(b"/ipns/"));
/// # }
/// ```
#[derive(Clone, Copy, Debug)]
pub struct Ipns;

/// The longest content whose length takes one byte in a CID. Kubo reads up to 128 bytes inline.
const LONGEST_CONTENT: usize = 127;

/// The first second of the year 2000, as Unix time.
const PAST: i64 = 946_684_800;

/// The first second of the year 2100, as Unix time.
const FAR_FUTURE: i64 = 4_102_444_800;

/// How long a resolver may cache a record: an hour, the default of Kubo.
const TTL: Duration = Duration::from_secs(3_600);

#[diagnostic::do_not_recommend]
impl Records for Ipns {
    fn key(&self, name: &[u8]) -> Bytes {
        [b"/ipns/", &keypair(name).public().to_peer_id().to_bytes()[..]].concat().into()
    }

    fn value(&self, name: &[u8], version: u64, content: &[u8]) -> Bytes {
        record(name, version, content, FAR_FUTURE)
    }

    fn invalid(&self, name: &[u8]) -> Vec<Bytes> {
        let valid = self.value(name, u64::MAX, b"content");
        let of_another_name = self.value(&[name, b"other"].concat(), u64::MAX, b"content");
        let expired = record(name, u64::MAX, b"content", PAST);
        vec![Bytes::new(), "no record".into(), valid.slice(..valid.len() - 1), of_another_name, expired]
    }
}

fn keypair(name: &[u8]) -> Keypair {
    let seed = Sha256::digest(name);
    Keypair::ed25519_from_bytes(seed).unwrap_or_else(|_| unreachable!("every 32 bytes are the seed of a key"))
}

fn record(name: &[u8], sequence: u64, content: &[u8], end: i64) -> Bytes {
    let end: DateTime<Utc> = DateTime::from_timestamp(end, 0).unwrap_or_else(|| unreachable!("both are in range"));
    let record = Record::new(&keypair(name), path(content), end, sequence, TTL).and_then(|record| record.encode());
    record.unwrap_or_else(|_| unreachable!("Ed25519 signs anything, and memory takes it")).into()
}

/// `/ipfs/` and a CID in hexadecimal: version 1, raw bytes, and an identity hash, which holds the content itself.
fn path(content: &[u8]) -> String {
    let content = &content[..content.len().min(LONGEST_CONTENT)];
    let mut path = format!("/ipfs/f015500{:02x}", content.len());
    for byte in content {
        let _ = write!(path, "{byte:02x}");
    }
    path
}

#[cfg(test)]
mod tests {
    use super::*;

    fn decoded(value: &[u8]) -> Record {
        Record::decode(value).unwrap()
    }

    #[test]
    fn records_are_valid_and_ordered() {
        let peer_id = keypair(b"name").public().to_peer_id();
        assert_eq!(Ipns.key(b"name"), [b"/ipns/", &peer_id.to_bytes()[..]].concat());
        let [older, newer] = [1, 2].map(|version| decoded(&Ipns.value(b"name", version, b"content")));
        newer.verify(peer_id).unwrap();
        assert!(newer.compare(&older).unwrap().is_gt());
        assert_eq!(newer.value(), b"/ipfs/f01550007636f6e74656e74");
    }

    #[test]
    fn a_name_has_the_same_records_each_time_and_another_name_has_others() {
        assert_eq!(Ipns.value(b"name", 1, b""), Ipns.value(b"name", 1, b""));
        assert_ne!(Ipns.key(b"name"), Ipns.key(b"other"));
    }

    #[test]
    fn invalid_records_are_invalid() {
        let peer_id = keypair(b"name").public().to_peer_id();
        let is_valid = |value: &Bytes| Record::decode(value).is_ok_and(|record| record.verify(peer_id).is_ok());
        assert!(is_valid(&Ipns.value(b"name", 1, &[7; 5_000])));
        assert_eq!(Ipns.invalid(b"name").iter().filter(|value| is_valid(value)).count(), 0);
    }
}
