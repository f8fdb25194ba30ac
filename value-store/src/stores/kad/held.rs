//! The records that a node holds, for itself and for others.

use std::time::{Duration, Instant};

use libp2p::PeerId;
use libp2p::kad::store::RecordStore as _;
use libp2p::kad::{Record, RecordKey};

use super::records::{MAX_INTERVAL, Progress, Publication, Records};
use super::rules::Rules;

/// The records in kad's own store, and the rules that decide which are kept.
pub(super) struct HeldRecords<'a> {
    pub(super) records: &'a mut Records,
    pub(super) rules: &'a Rules,
}

impl HeldRecords<'_> {
    /// The record of this key that the node's user is shown and that is passed on. One that has expired is not, and neither is
    /// one that the rules do not allow: a file may have been written under other rules, and a value may be valid for some time
    /// only. Peers that ask for it are given it by kad, and judge for themselves.
    pub(super) fn get(&self, key: &RecordKey) -> Option<Record> {
        let record = self.records.get(key)?.into_owned();
        Some(record).filter(|record| !record.is_expired(Instant::now()) && self.allow(key, &record.value))
    }

    fn allow(&self, key: &RecordKey, value: &[u8]) -> bool {
        self.rules.check(key.as_ref(), value).is_ok()
    }

    /// Whether there is room for the record of this key. Records that have expired make room.
    pub(super) fn have_room_for(&mut self, key: &RecordKey) -> bool {
        self.records.latest(key).is_some() || self.records.have_room()
    }

    /// What the node's user publishes under this key, as a record of this node.
    pub(super) fn publication(&self, key: &RecordKey, local: PeerId) -> Option<Record> {
        let value = self.records.publication(key)?.value.clone();
        let record = Record { key: key.clone(), value, publisher: Some(local), expires: None };
        Some(record).filter(|record| self.allow(key, &record.value))
    }

    /// Puts a record that the node's user has put again after this time.
    pub(super) fn publish(&mut self, record: &Record, after: Duration) {
        let due = Instant::now() + after.min(MAX_INTERVAL);
        self.records.publish(record.key.clone(), Some(Publication { value: record.value.clone(), due }));
    }

    pub(super) fn unpublish(&mut self, key: &RecordKey) {
        self.records.publish(key.clone(), None);
    }

    /// Gives this node's own copy of a record the time that the record has now.
    pub(super) fn prolong(&mut self, record: &Record) {
        if self.records.latest(&record.key).is_some_and(|held| held.value == record.value) {
            let _ = self.records.put(record.clone());
        }
    }

    /// Keeps a record that came from `source`, if the rules allow it and there is room.
    pub(super) fn keep(&mut self, record: Record, source: PeerId) {
        let is_kept = self.allow(&record.key, &record.value)
            && match self.records.latest(&record.key) {
                Some(held) => self.rules.replaces(&record, source, held),
                None => self.records.have_room(),
            };
        if is_kept {
            // Somebody else has put a value, which this node's own would replace otherwise.
            if self.records.publication(&record.key).is_some_and(|own| own.value != record.value) {
                self.unpublish(&record.key);
            }
            // Nobody can be told of an error: kad gives the peer the same answer in any case.
            let _ = self.records.put(record);
        }
    }

    /// How far the changes so far are written down.
    pub(super) fn progress(&self) -> Progress {
        self.records.progress()
    }

    pub(super) fn remove(&mut self, key: &RecordKey) {
        self.records.remove(key);
    }
}
