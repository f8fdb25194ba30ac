use libp2p::PeerId;
use libp2p::kad::{QueryStats, Record};

use super::calls::Reply;
use super::{QueryError, Quorum};

/// A put under way. The peers closest to its key are looked for, and when they have answered they are asked to take the
/// record: all of them, since each that is left out would go on to serve the old value.
///
/// This is kad's own put in two halves. In one, it stores the record here first, where it stays although no peer took it;
/// it counts the quorum from a fixed number of peers; and it goes on when it is told to stop amid the first half.
pub(super) struct Put {
    pub(super) record: Record,
    pub(super) quorum: Quorum,
    pub(super) reply: Reply<()>,
    /// How many peers were found. None while they are being looked for.
    found: Option<usize>,
}

impl Put {
    pub(super) fn new(record: Record, quorum: Quorum, reply: Reply<()>) -> Self {
        Self { record, quorum, reply, found: None }
    }

    /// Whether the peers that were found can make up the quorum.
    pub(super) fn found(&mut self, peers: &[PeerId], stats: &QueryStats) -> Result<(), QueryError> {
        if peers.is_empty() {
            return Err(no_answer(stats));
        }
        self.found = Some(peers.len());
        // Nothing is stored anywhere if it is clear before that it will not be enough.
        if peers.len() < self.quorum.of(peers.len()) { self.taken_by(0) } else { Ok(()) }
    }

    /// Whether so many peers are enough.
    pub(super) fn taken_by(&self, stored: usize) -> Result<(), QueryError> {
        let found = self.found.unwrap_or_default();
        let quorum = self.quorum.of(found);
        if stored < quorum { Err(QueryError::NotStored { quorum, stored, found }) } else { Ok(()) }
    }
}

/// Why a query found no peer that answered.
pub(super) fn no_answer(stats: &QueryStats) -> QueryError {
    match stats.num_requests() {
        0 => QueryError::NoPeers,
        asked => QueryError::NoAnswer { asked: asked as usize },
    }
}
