//! Why a call failed, and why a node could not be started.

use libp2p::Multiaddr;
use libp2p::kad::QueryStats;
use serde_json::Value;

use super::records::WriteError;

/// Why a call of a [`KadStore`](super::KadStore) failed: the source of its [`Error::Backend`](crate::Error::Backend).
///
/// ```
/// use value_store::stores::{KadStore, kad::QueryError};
/// use value_store::{Error, Options, ValueStore};
///
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
/// let alone = KadStore::builder().start().await?;
/// let Err(Error::Backend(error)) = alone.get(b"key", &Options::new()).await else { panic!() };
/// assert!(matches!(error.downcast_ref(), Some(QueryError::NoPeers)));
/// # Ok(())
/// # }
/// ```
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum QueryError {
    /// The node has no peer in its routing table.
    #[error("no peer was reached: this node knows none")]
    NoPeers,

    /// Peers were asked, but none of them answered.
    #[error("no peer was reached: of the {asked} that were asked, none answered")]
    NoAnswer {
        /// How many peers were asked.
        asked: usize,
    },

    /// Too few peers took the value. Those that took it keep it.
    #[error("{stored} of the {found} peers found took the value, and the quorum is {quorum}")]
    NotStored {
        /// How many peers the call needed.
        quorum: usize,
        /// How many peers took the value.
        stored: usize,
        /// How many peers were found to be closest to the key.
        found: usize,
    },

    /// Too few peers had the value.
    #[error("{found} peers had a value, and the quorum is {quorum}")]
    TooFew {
        /// How many peers the call needed.
        quorum: usize,
        /// How many peers, this node included, had a value.
        found: usize,
    },

    /// Peers answered, but each with a record that is not valid, or that is for another key.
    #[error("no valid record came back: all {refused} were for another key, too long, or not valid")]
    OnlyRefused {
        /// How many records were refused.
        refused: usize,
    },

    /// The node holds as many records as it may, and none for this key.
    #[error("this node is full: it holds {records} records")]
    Full {
        /// How many records it holds.
        records: usize,
    },

    /// The value of the option `quorum` is not a quorum.
    #[error("the option `quorum` is a positive whole number, \"one\", \"majority\" or \"all\", and not {0}")]
    QuorumOption(Value),

    /// The node has stopped, since a write to its [file](super::Builder::file) failed.
    #[error("the node has stopped")]
    NotWritten(#[source] WriteError),

    /// The task that ran the node has ended: its runtime did, or it panicked.
    #[error("the node has stopped")]
    Stopped,
}

impl QueryError {
    /// The error of a query that no peer answered.
    pub(super) fn no_answer(stats: &QueryStats) -> Self {
        match stats.num_requests() {
            0 => Self::NoPeers,
            asked => Self::NoAnswer { asked: asked as usize },
        }
    }
}

impl From<QueryError> for crate::Error {
    fn from(error: QueryError) -> Self {
        Self::backend(error)
    }
}

/// Why a node could not be started.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum StartError {
    /// Connections cannot be secured with this identity.
    #[error("connections cannot be secured with this identity")]
    Identity(#[from] libp2p::noise::Error),

    /// The name of the protocol does not begin with `/`.
    #[error("{name:?} cannot be the name of a protocol")]
    Protocol {
        /// The name.
        name: String,
        /// What is wrong with it.
        source: libp2p::swarm::InvalidProtocol,
    },

    /// The [file](super::Builder::file) cannot be opened.
    #[cfg(feature = "redb")]
    #[error("the node's file cannot be opened")]
    File(#[from] crate::stores::OpenError),

    /// The node cannot listen on this address.
    #[error("cannot listen on {address}")]
    Listen {
        /// The address.
        address: Multiaddr,
        /// Why not.
        source: Box<dyn std::error::Error + Send + Sync>,
    },

    /// A node does not dial such an address, which was given as that of a [peer](super::Builder::peer) or
    /// [to join by](super::Builder::bootstrap).
    #[error(
        "cannot dial {address}: give an address like /ip4/192.0.2.1/tcp/4001 or /memory/1, without names to resolve"
    )]
    Dial {
        /// The address.
        address: Multiaddr,
    },
}
