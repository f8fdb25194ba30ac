use std::time::Instant;

use libp2p::PeerId;
use libp2p::kad::{K_VALUE, KBucketKey, QueryStats, Record, RecordKey};

use super::calls::Reply;
use super::{QueryError, Quorum};
use crate::Error;

/// A put under way. The peers closest to its key are looked for, and when they have answered they are asked to take the
/// record: all of them, since each that is left out would go on to serve the old value.
///
/// This is kad's own put in two halves. In one, it stores the record here first, where it stays although no peer took it;
/// it counts the quorum from a fixed number of peers; and it goes on when it is told to stop amid the first half.
pub(super) struct Put {
    pub(super) begun: Instant,
    pub(super) record: Record,
    quorum: Quorum,
    reply: Reply<()>,
    /// The peers that were found to hold a record of this key.
    pub(super) holders: Vec<PeerId>,
    /// How many peers were asked to take the record.
    asked: usize,
}

impl Put {
    pub(super) fn new(record: Record, quorum: Quorum, reply: Reply<()>) -> Self {
        Self { begun: Instant::now(), record, quorum, reply, holders: Vec::new(), asked: 0 }
    }

    /// The peers to ask to take the record, of those that answered.
    ///
    /// # Errors
    ///
    /// If it is clear by now that the quorum will not be reached, so that nothing is stored anywhere.
    pub(super) fn ask(&mut self, mut answered: Vec<PeerId>, stats: &QueryStats) -> Result<Vec<PeerId>, QueryError> {
        if answered.is_empty() {
            return Err(no_answer(stats));
        }
        let key = KBucketKey::<RecordKey>::new(self.record.key.clone());
        answered.sort_by_key(|peer| KBucketKey::from(*peer).distance(&key));
        answered.truncate(K_VALUE.get());
        self.asked = answered.len();
        if self.asked < self.quorum.of(self.asked) {
            return Err(self.shortfall(0));
        }
        Ok(answered)
    }

    /// Whether so many peers are enough.
    pub(super) fn taken_by(&self, stored: usize) -> Result<(), QueryError> {
        if stored < self.quorum.of(self.asked) { Err(self.shortfall(stored)) } else { Ok(()) }
    }

    fn shortfall(&self, stored: usize) -> QueryError {
        QueryError::NotStored { quorum: self.quorum.of(self.asked), stored, found: self.asked }
    }

    /// Ends the put whose value is not the best any longer.
    pub(super) fn refuse(self) {
        let better = "there is a better one for this key, as the validator of its name space says";
        self.reply(Err(Error::InvalidValue(better.into())));
    }

    pub(super) fn reply(self, result: Result<(), Error>) {
        // A caller that has gone needs no answer.
        let _ = self.reply.send(result);
    }
}

/// Why a query found no peer that answered.
pub(super) fn no_answer(stats: &QueryStats) -> QueryError {
    match stats.num_requests() {
        0 => QueryError::NoPeers,
        asked => QueryError::NoAnswer { asked: asked as usize },
    }
}
