//! A copy under way: a record that the node passes on by itself, because peers may lack it.

use std::time::Instant;

use libp2p::PeerId;
use libp2p::kad::{K_VALUE, KBucketKey, Record, RecordKey};

use super::rules::Rules;

/// A copy under way. It first asks the peers closest to the key what they hold, and then sends the record to those that hold
/// less.
pub(super) struct Copy {
    pub(super) begun: Instant,
    pub(super) record: Record,
    pub(super) purpose: Purpose,
    /// The peers that hold the record, or one that is as good.
    holders: Vec<PeerId>,
    /// The peers that hold a worse one.
    behind: Vec<PeerId>,
}

/// Why a record is passed on.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Purpose {
    /// So that the peers closest to its key hold it, until it expires.
    Replicate,
    /// So that it expires later. The node's user has put it.
    Publish,
}

/// What a peer's record means for a copy.
#[derive(Debug, PartialEq)]
pub(super) enum Found {
    /// The copy goes on.
    NoBetter,
    /// The record of this node is not the one to pass on.
    Better,
}

/// How a copy has ended.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Outcome {
    /// Peers have taken the record.
    Taken,
    /// No peer has, because none was reached or all of them hold it.
    NotTaken,
    /// A peer holds a better record.
    Outdone,
}

impl Copy {
    pub(super) fn new(record: Record, purpose: Purpose) -> Self {
        Self { begun: Instant::now(), record, purpose, holders: Vec::new(), behind: Vec::new() }
    }

    /// Takes note of a record that a peer holds, which may have sent anything.
    pub(super) fn found(&mut self, rules: &Rules, peer: PeerId, other: &Record) -> Found {
        let (key, value) = (self.record.key.as_ref(), &self.record.value);
        if other.key != self.record.key || rules.check(key, &other.value).is_err() {
            self.behind.push(peer);
        } else if rules.has_order(key) {
            if rules.is_better(key, &other.value, value) {
                return Found::Better;
            }
            let is_behind = rules.is_better(key, value, &other.value);
            // One that is as good is sent to as well to be published, so that it expires later.
            if is_behind || self.purpose == Purpose::Publish { self.behind.push(peer) } else { self.holders.push(peer) }
        } else {
            // Without an order, only a put replaces a value. So a value of another publisher ends a publication, and an old
            // one of this node's own is replaced by it.
            let is_published = self.purpose == Purpose::Publish;
            if is_published && other.publisher != self.record.publisher && other.value != *value {
                return Found::Better;
            }
            if is_published { self.behind.push(peer) } else { self.holders.push(peer) }
        }
        Found::NoBetter
    }

    /// Which peers the record is sent to, if these are the ones that answered without one: those among the closest to the key
    /// that do not hold it. Its publisher is not among them: a node of libp2p takes its own records from nobody.
    pub(super) fn targets(&self, without: Vec<PeerId>) -> Vec<PeerId> {
        let lacking: Vec<_> = without.into_iter().chain(self.behind.iter().copied()).collect();
        let mut closest: Vec<_> = lacking.iter().chain(&self.holders).copied().collect();
        let key = KBucketKey::<RecordKey>::new(self.record.key.clone());
        closest.sort_by_key(|peer| KBucketKey::from(*peer).distance(&key));
        closest.truncate(K_VALUE.get());
        closest.retain(|peer| lacking.contains(peer) && Some(*peer) != self.record.publisher);
        closest
    }

    /// Forgets the answers of peers, because they are asked again.
    pub(super) fn forget_answers(&mut self) {
        self.holders.clear();
        self.behind.clear();
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::stores::kad::rules::Validator;

    /// Of numbers of one digit, the greatest is the best.
    struct Digits;

    impl Validator for Digits {
        fn validate(&self, _key: &[u8], value: &[u8]) -> Result<(), String> {
            if value.len() == 1 { Ok(()) } else { Err("it is no digit".into()) }
        }

        fn select(&self, _key: &[u8], values: &[&[u8]]) -> usize {
            let best = values.iter().max();
            values.iter().position(|value| Some(value) == best).unwrap_or(0)
        }
    }

    fn rules(has_order: bool) -> Rules {
        let validator: Option<(String, Box<dyn Validator>)> =
            has_order.then(|| ("n".to_owned(), Box::new(Digits) as _));
        Rules { max_key_len: 10, max_value_len: 10, max_records: 10, validators: validator.into_iter().collect() }
    }

    /// Of four peers, one each holds 4, 5 and 6, put by somebody else, and one holds nothing. This node has 5.
    #[track_caller]
    fn check(has_order: bool, purpose: Purpose, finds: &[Found; 3], sent_to: &[usize]) {
        let (key, own) = (RecordKey::new(b"/n/key"), PeerId::random());
        let record =
            |value: u8, publisher| Record { publisher: Some(publisher), ..Record::new(key.clone(), vec![value]) };
        let mut copy = Copy::new(record(5, own), purpose);
        let peers = [(); 4].map(|()| PeerId::random());
        let values = [4, 5, 6].into_iter().zip(peers);
        let found = values.map(|(value, peer)| copy.found(&rules(has_order), peer, &record(value, PeerId::random())));
        assert_eq!(found.collect::<Vec<_>>(), finds);
        let mut targets = copy.targets(vec![peers[3]]);
        targets.sort_by_key(|target| peers.iter().position(|peer| peer == target));
        assert_eq!(targets, sent_to.iter().map(|peer| peers[*peer]).collect::<Vec<_>>());
    }

    #[test]
    fn without_an_order_a_copy_is_sent_to_those_that_hold_nothing_and_a_publication_yields() {
        check(false, Purpose::Replicate, &[Found::NoBetter, Found::NoBetter, Found::NoBetter], &[3]);
        check(false, Purpose::Publish, &[Found::Better, Found::NoBetter, Found::Better], &[1, 3]);
    }

    #[test]
    fn with_an_order_it_is_sent_to_those_that_hold_a_worse_one_too() {
        check(true, Purpose::Replicate, &[Found::NoBetter, Found::NoBetter, Found::Better], &[0, 3]);
        check(true, Purpose::Publish, &[Found::NoBetter, Found::NoBetter, Found::Better], &[0, 1, 3]);
    }

    #[test]
    fn an_old_value_of_its_own_does_not_end_a_publication() {
        let (key, own) = (RecordKey::new(b"key"), PeerId::random());
        let record = |value: u8| Record { publisher: Some(own), ..Record::new(key.clone(), vec![value]) };
        let mut copy = Copy::new(record(5), Purpose::Publish);
        let peer = PeerId::random();
        assert_eq!(copy.found(&rules(false), peer, &record(4)), Found::NoBetter);
        assert_eq!(copy.targets(Vec::new()), [peer]);
    }

    #[test]
    fn its_publisher_is_sent_nothing() {
        let publisher = PeerId::random();
        let record = Record { publisher: Some(publisher), ..Record::new(b"key".to_vec(), vec![5]) };
        let peer = PeerId::random();
        assert_eq!(Copy::new(record, Purpose::Replicate).targets(vec![publisher, peer]), [peer]);
    }

    #[test]
    fn it_is_sent_to_the_twenty_closest_at_most() {
        let copy = Copy::new(Record::new(b"key".to_vec(), vec![5]), Purpose::Replicate);
        let peers = [(); 30].map(|()| PeerId::random());
        let targets = copy.targets(peers.to_vec());
        let distance = |peer: PeerId| KBucketKey::from(peer).distance(&KBucketKey::new(copy.record.key.clone()));
        let farthest = targets.iter().map(|peer| distance(*peer)).max().unwrap();
        assert_eq!(targets.len(), 20);
        assert_eq!(peers.iter().filter(|peer| distance(**peer) <= farthest).count(), 20);
    }
}
