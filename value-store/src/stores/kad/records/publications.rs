//! What the node's user has put, and the node puts again from time to time.

use std::collections::HashMap;
use std::time::{Duration, Instant};

use libp2p::kad::RecordKey;

/// A clock that was set back delays a publication by no more than this.
pub(in crate::stores::kad) const MAX_INTERVAL: Duration = Duration::from_secs(48 * 60 * 60);

pub(super) type Publications = HashMap<RecordKey, Publication>;

/// A value, and when it is put again.
#[derive(Clone, Debug, PartialEq)]
pub(in crate::stores::kad) struct Publication {
    pub(in crate::stores::kad) value: Vec<u8>,
    pub(in crate::stores::kad) due: Instant,
}
