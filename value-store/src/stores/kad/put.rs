//! A put under way: whom it asks, and when enough peers have taken its record.

use std::time::Instant;

use libp2p::PeerId;
use libp2p::kad::{K_VALUE, KBucketDistance, KBucketKey, QueryStats, Record, RecordKey};

use super::command::Reply;
use super::error::QueryError;
use super::quorum::Quorum;
use super::records::Progress;
use crate::Error;

/// A put under way. It first looks for the peers closest to its key, and then asks those that answered to take the
/// record: all of them, since each one left out would go on serving the old value.
///
/// Kad could do both halves as one put, but not as they are needed here. It would store the record on this node first,
/// where it stays even if no peer takes it. It would count the quorum from a fixed number of peers. And it would go on
/// if it were told to stop during the first half.
pub(super) struct Put {
    pub(super) begun: Instant,
    pub(super) record: Record,
    quorum: Quorum,
    reply: Reply<Progress>,
    /// The peers that were found to hold a record of this key.
    pub(super) holders: Vec<PeerId>,
    /// The peers that were asked to take the record, the closest to its key first.
    asked: Vec<PeerId>,
}

impl Put {
    pub(super) fn new(record: Record, quorum: Quorum, reply: Reply<Progress>) -> Self {
        Self { begun: Instant::now(), record, quorum, reply, holders: Vec::new(), asked: Vec::new() }
    }

    /// Which of the peers that answered are asked to take the record.
    ///
    /// # Errors
    ///
    /// If these are too few to reach the quorum. Then nothing is stored anywhere.
    pub(super) fn ask(&mut self, mut answered: Vec<PeerId>, stats: &QueryStats) -> Result<Vec<PeerId>, QueryError> {
        if answered.is_empty() {
            return Err(QueryError::no_answer(stats));
        }
        answered.sort_by_key(|peer| self.distance(*peer));
        answered.truncate(K_VALUE.get());
        self.asked = answered;
        if self.asked.len() < self.quorum() {
            return Err(self.shortfall(0));
        }
        Ok(self.asked.clone())
    }

    /// Whether it is enough that this many peers have taken the record.
    pub(super) fn taken_by(&self, stored: usize) -> Result<(), QueryError> {
        if stored < self.quorum() { Err(self.shortfall(stored)) } else { Ok(()) }
    }

    /// Whether a put of another node to this key would reach this peer too. If not, a copy there would go out of date.
    pub(super) fn reaches(&self, peer: PeerId) -> bool {
        let is_closer_than = |farthest: &PeerId| self.distance(peer) < self.distance(*farthest);
        self.asked.len() < K_VALUE.get() || self.asked.last().is_some_and(is_closer_than)
    }

    fn distance(&self, peer: PeerId) -> KBucketDistance {
        KBucketKey::from(peer).distance(&KBucketKey::<RecordKey>::new(self.record.key.clone()))
    }

    /// How many of the peers that were asked must take the record.
    fn quorum(&self) -> usize {
        self.quorum.of(self.asked.len())
    }

    fn shortfall(&self, stored: usize) -> QueryError {
        QueryError::NotStored { quorum: self.quorum(), stored, found: self.asked.len() }
    }

    /// Ends the put because a peer, or this node, has a better value.
    pub(super) fn refuse(self) {
        let better = "there is a better one for this key, as the validator of its name space says";
        self.reply(Err(Error::InvalidValue(better.into())));
    }

    pub(super) fn reply(self, result: Result<Progress, Error>) {
        // If the caller has gone, nobody needs the answer.
        let _ = self.reply.send(result);
    }
}

#[cfg(test)]
mod tests {
    use std::ops::Range;

    use tokio::sync::oneshot;

    use super::*;

    #[test]
    fn a_put_reaches_the_twenty_peers_that_are_closest_to_its_key() {
        let mut put = Put::new(Record::new(b"key".to_vec(), Vec::new()), Quorum::One, oneshot::channel().0);
        let mut peers = [(); 22].map(|()| PeerId::random());
        peers.sort_by_key(|peer| put.distance(*peer));
        let mut reaches = |asked: Range<usize>, peer: usize| {
            put.ask(peers[asked].to_vec(), &QueryStats::empty()).unwrap();
            put.reaches(peers[peer])
        };
        assert!(reaches(1..21, 0));
        assert!(!reaches(0..20, 20));
        assert!(!reaches(0..21, 21));
        assert!(reaches(0..19, 21));
    }
}
