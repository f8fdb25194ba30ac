//! The settings of a node, and their defaults.

use std::collections::HashMap;
use std::time::Duration;

use libp2p::identity::Keypair;
use libp2p::{Multiaddr, PeerId};

use super::quorum::Quorum;
use super::rules::Rules;

pub(super) const PROTOCOL: &str = "/value-store/kad/1.0.0";

/// How many records a node holds.
pub(super) const MAX_RECORDS: usize = 4 << 10;

/// The length of the longest value, in bytes.
pub(super) const MAX_VALUE_LEN: usize = 1 << 20;

pub(super) struct Settings {
    #[cfg(feature = "redb")]
    pub(super) file: Option<std::path::PathBuf>,
    pub(super) identity: Option<Keypair>,
    pub(super) listen_on: Vec<Multiaddr>,
    pub(super) announced: Vec<Multiaddr>,
    pub(super) peers: Vec<(PeerId, Multiaddr)>,
    pub(super) protocol: String,
    pub(super) rules: Rules,
    pub(super) bootstrap: Vec<Multiaddr>,
    pub(super) refresh_interval: Duration,
    pub(super) replicate_interval: Option<Duration>,
    pub(super) republish_interval: Option<Duration>,
    pub(super) record_ttl: Duration,
    pub(super) write_quorum: Quorum,
    pub(super) default_timeout: Option<Duration>,
    pub(super) peer_timeout: Duration,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            #[cfg(feature = "redb")]
            file: None,
            identity: None,
            listen_on: Vec::new(),
            announced: Vec::new(),
            peers: Vec::new(),
            protocol: PROTOCOL.into(),
            rules: Rules {
                max_key_len: 4 << 10,
                max_value_len: MAX_VALUE_LEN,
                max_records: MAX_RECORDS,
                validators: HashMap::new(),
            },
            bootstrap: Vec::new(),
            refresh_interval: Duration::from_secs(5 * 60),
            replicate_interval: Some(Duration::from_secs(60 * 60)),
            republish_interval: None,
            record_ttl: Duration::from_secs(48 * 60 * 60),
            write_quorum: Quorum::Majority,
            default_timeout: Some(Duration::from_secs(60)),
            peer_timeout: Duration::from_secs(10),
        }
    }
}
