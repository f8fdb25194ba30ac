//! Records for tests.

use std::time::Duration;

use bytes::Bytes;
use chrono::{DateTime, TimeDelta, Utc};
use ipns_identity::{Keypair, PublicKey};
use libp2p_identity::PeerId;

use super::Name;

/// In seconds.
pub(crate) const HOUR: i64 = 3_600;

/// A key pair, and its name.
pub(crate) struct Owner(Keypair);

impl Owner {
    pub(crate) fn new() -> Self {
        Self(Keypair::generate_ed25519())
    }

    pub(crate) fn name(&self) -> Name {
        PeerId::from_bytes(&self.0.public().to_peer_id().to_bytes()).unwrap().into()
    }

    pub(crate) fn key(&self) -> PublicKey {
        self.0.public()
    }

    /// A record that is valid for so long from now on.
    pub(crate) fn record(&self, sequence: u64, seconds_left: i64, ttl: Duration) -> Bytes {
        self.ending(sequence, Utc::now() + TimeDelta::seconds(seconds_left), ttl)
    }

    /// A record that is valid until then.
    pub(crate) fn ending(&self, sequence: u64, end: DateTime<Utc>, ttl: Duration) -> Bytes {
        rust_ipns::Record::new(&self.0, b"/ipfs/bafkqaaa", end, sequence, ttl).unwrap().encode().unwrap().into()
    }

    /// A record with this value. Its length counts twice: it is also in the fields of version 1.
    pub(crate) fn pointing_at(&self, value: &str) -> Vec<u8> {
        let end = Utc::now() + TimeDelta::seconds(HOUR);
        rust_ipns::Record::new(&self.0, value, end, 1, Duration::ZERO).unwrap().encode().unwrap()
    }

    /// A record that is valid for an hour.
    pub(crate) fn numbered(&self, sequence: u64) -> Bytes {
        self.record(sequence, HOUR, Duration::ZERO)
    }
}
