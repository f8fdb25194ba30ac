//! Records: what makes one valid, and which of two is newer.

use std::borrow::Cow;
use std::cmp::Ordering;
use std::error::Error as StdError;
use std::time::{Duration, SystemTime};

use chrono::{DateTime, Utc};
use quick_protobuf::{BytesReader, Writer};
use sha2::{Digest as _, Sha256};

use super::Name;

/// The longest record, in bytes: 10 KiB, the limit of the
/// [specification](https://specs.ipfs.tech/ipns/ipns-record/#record-size-limit).
pub const MAX_RECORD_LEN: usize = 10 << 10;

/// A record that was verified: its owner has signed it, for this name, and it has not expired.
///
/// The greater of two records of one name is the newer one. That is the one with the greater sequence number, and of the
/// same number the one that is valid for longer. An owner who signs two that agree in both has not said which is newer. Then a
/// digest of what is signed decides, so that all users of this crate keep the same one. (Kubo compares the bytes of the whole
/// records, to which anybody can add some.) Records are equal if the same is signed.
#[derive(Clone, Copy, Debug)]
pub struct Record {
    sequence: u64,
    valid_until: DateTime<Utc>,
    ttl: Duration,
    /// Of the signed data. What is around it is not signed, so anybody could change that.
    digest: [u8; 32],
}

impl Record {
    /// What decides which of two records is newer.
    fn rank(&self) -> (u64, DateTime<Utc>, [u8; 32]) {
        (self.sequence, self.valid_until, self.digest)
    }
}

impl Ord for Record {
    fn cmp(&self, other: &Self) -> Ordering {
        self.rank().cmp(&other.rank())
    }
}

impl PartialOrd for Record {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl PartialEq for Record {
    fn eq(&self, other: &Self) -> bool {
        self.cmp(other).is_eq()
    }
}

impl Eq for Record {}

/// Why a value is no valid record of its name.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum RecordError {
    /// It is too long.
    #[error("an IPNS record has at most {MAX_RECORD_LEN} bytes, and this one has {length}")]
    TooLong {
        /// Its length in bytes.
        length: usize,
    },
    /// It has no fields of version 1, and would be too long with them.
    #[error(
        "an IPNS record has at most {MAX_RECORD_LEN} bytes, and with its fields of version 1, which count, this one has {length}"
    )]
    TooLongWithVersion1 {
        /// Its length in bytes, with these fields.
        length: usize,
    },
    /// It is signed, but it is no longer valid.
    #[error("the IPNS record was valid until {since}: publish a new one, or set the clock if that is wrong")]
    Expired {
        /// When it expired.
        since: String,
    },
    /// The signature is of another key than that of the name.
    #[error("the IPNS record is one of another name: its key is not that of {name}")]
    OfAnotherName {
        /// The name in question.
        name: String,
    },
    /// It is no record, or is not signed by the key of the name. The source says what is wrong.
    #[error("this is no valid IPNS record: {0}")]
    Invalid(#[source] Box<dyn StdError + Send + Sync>),
}

impl Record {
    /// Verifies that these bytes are a record of this name, that its signature is right, and that it is valid now.
    ///
    /// Records are checked as the specification asks for: the signature is that of version 2, and the fields of version 1
    /// have to say the same as the signed data, if there are any. The key may be an Ed25519 key. For another one, enable
    /// its feature (`rsa`, `secp256k1` or `ecdsa`) of `libp2p-identity` 0.2 in your crate; without that the record counts as
    /// invalid.
    ///
    /// Of a record without the fields of version 1, these fields count to its length as if it had them: its value may have
    /// some 5,000 bytes.
    ///
    /// # Errors
    ///
    /// [`RecordError`] says what is wrong.
    pub fn verify(name: &Name, bytes: &[u8]) -> Result<Self, RecordError> {
        if bytes.len() > MAX_RECORD_LEN {
            return Err(RecordError::TooLong { length: bytes.len() });
        }
        let peer_id = ipns_identity::PeerId::from_bytes(&name.peer_id().to_bytes()).map_err(invalid)?;
        let signed = signed_data(bytes)?;
        let complete = completed(bytes, &signed)?;
        if complete.len() > MAX_RECORD_LEN {
            return Err(RecordError::TooLongWithVersion1 { length: complete.len() });
        }
        let record = rust_ipns::Record::decode(complete).map_err(invalid)?;
        let until = record.verify_signature(peer_id).and_then(|()| record.validity());
        let until = until.map_err(|error| match error {
            rust_ipns::Error::NameMismatch => RecordError::OfAnotherName { name: name.to_string() },
            error => invalid(error),
        })?;
        let (valid_until, ttl) = (until.with_timezone(&Utc), Duration::from_nanos(record.ttl()));
        if valid_until < Utc::now() {
            return Err(RecordError::Expired { since: until.to_rfc3339() });
        }
        Ok(Self { sequence: record.sequence(), valid_until, ttl, digest: Sha256::digest(signed.data).into() })
    }

    /// The sequence number, which its owner counts up.
    #[must_use]
    pub fn sequence(&self) -> u64 {
        self.sequence
    }

    /// When the record expires.
    #[must_use]
    pub fn valid_until(&self) -> SystemTime {
        self.valid_until.into()
    }

    /// For how long its owner suggests to cache the record, unless it says nothing.
    #[must_use]
    pub fn ttl(&self) -> Option<Duration> {
        Some(self.ttl).filter(|ttl| !ttl.is_zero())
    }
}

fn invalid(error: impl Into<Box<dyn StdError + Send + Sync>>) -> RecordError {
    RecordError::Invalid(error.into())
}

/// The tags of a record's fields: each the number of the field, times eight, and its type.
mod tag {
    pub(super) const VALUE: u32 = 10;
    pub(super) const SIGNATURE_V1: u32 = 18;
    pub(super) const VALIDITY_TYPE: u32 = 24;
    pub(super) const VALIDITY: u32 = 34;
    pub(super) const SEQUENCE: u32 = 40;
    pub(super) const TTL: u32 = 48;
    pub(super) const DATA: u32 = 74;
}

/// What a record has for version 2.
struct Signed<'a> {
    data: &'a [u8],
    /// Whether there is anything of version 1 too.
    has_version_1: bool,
}

fn signed_data(bytes: &[u8]) -> Result<Signed<'_>, RecordError> {
    let mut signed = Signed { data: &[], has_version_1: false };
    let mut reader = BytesReader::from_bytes(bytes);
    while !reader.is_eof() {
        match reader.next_tag(bytes).map_err(invalid)? {
            tag::VALUE | tag::SIGNATURE_V1 => {
                signed.has_version_1 |= !reader.read_bytes(bytes).map_err(invalid)?.is_empty();
            }
            // Of a field that is there twice, the last one counts.
            tag::DATA => signed.data = reader.read_bytes(bytes).map_err(invalid)?,
            other => reader.read_unknown(bytes, other).map_err(invalid)?,
        }
    }
    Ok(signed)
}

/// The record with the fields of version 1, which a record may leave out. `rust_ipns` compares them with the signed data in
/// any case, and reads the sequence number from them.
fn completed<'a>(bytes: &'a [u8], signed: &Signed<'_>) -> Result<Cow<'a, [u8]>, RecordError> {
    if signed.has_version_1 || signed.data.is_empty() {
        return Ok(bytes.into());
    }
    let data: rust_ipns::Data =
        serde_ipld_dagcbor::from_slice(signed.data).map_err(|error| invalid(error.to_string()))?;
    let mut completed = bytes.to_vec();
    with_version_1(&mut completed, &data).map_err(invalid)?;
    Ok(completed.into())
}

fn with_version_1(record: &mut Vec<u8>, data: &rust_ipns::Data) -> quick_protobuf::Result<()> {
    let mut writer = Writer::new(record);
    writer.write_with_tag(tag::VALUE, |writer| writer.write_bytes(&data.value))?;
    writer.write_with_tag(tag::VALIDITY_TYPE, |writer| writer.write_enum(data.validity_type.into()))?;
    writer.write_with_tag(tag::VALIDITY, |writer| writer.write_bytes(&data.validity))?;
    writer.write_with_tag(tag::SEQUENCE, |writer| writer.write_uint64(data.sequence))?;
    writer.write_with_tag(tag::TTL, |writer| writer.write_uint64(data.ttl))
}

#[cfg(test)]
mod tests;
