//! The settings of a node, and their defaults.

use std::collections::HashMap;
use std::time::Duration;

use libp2p::identity::Keypair;
use libp2p::{Multiaddr, PeerId};

use super::quorum::Quorum;
use super::records::Rules;

pub(super) const PROTOCOL: &str = "/value-store/kad/1.0.0";

pub(super) struct Settings {
    pub(super) identity: Option<Keypair>,
    pub(super) listen_on: Vec<Multiaddr>,
    pub(super) announced: Vec<Multiaddr>,
    pub(super) peers: Vec<(PeerId, Multiaddr)>,
    pub(super) protocol: String,
    pub(super) rules: Rules,
    pub(super) record_ttl: Duration,
    pub(super) write_quorum: Quorum,
    pub(super) default_timeout: Option<Duration>,
    pub(super) peer_timeout: Duration,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            identity: None,
            listen_on: Vec::new(),
            announced: Vec::new(),
            peers: Vec::new(),
            protocol: PROTOCOL.into(),
            rules: Rules {
                max_key_len: 4 << 10,
                max_value_len: 1 << 20,
                max_records: 4 << 10,
                validators: HashMap::new(),
            },
            record_ttl: Duration::from_secs(48 * 60 * 60),
            write_quorum: Quorum::Majority,
            default_timeout: Some(Duration::from_secs(60)),
            peer_timeout: Duration::from_secs(10),
        }
    }
}
