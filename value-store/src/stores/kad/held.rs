//! The records that a node holds, for itself and for others.

use std::time::Instant;

use libp2p::PeerId;
use libp2p::kad::store::{MemoryStore, RecordStore as _};
use libp2p::kad::{Record, RecordKey};

use super::records::Rules;

/// The records in kad's own store, and the rules that decide which are kept.
pub(super) struct HeldRecords<'a> {
    pub(super) records: &'a mut MemoryStore,
    pub(super) rules: &'a Rules,
}

impl HeldRecords<'_> {
    /// The record of this key, unless it has expired.
    pub(super) fn get(&self, key: &RecordKey) -> Option<Record> {
        let record = self.records.get(key)?.into_owned();
        Some(record).filter(|record| !record.is_expired(Instant::now()))
    }

    /// Whether there is room for one more key. Records that have expired make room.
    pub(super) fn have_room(&mut self) -> bool {
        let now = Instant::now();
        if self.records.records().len() >= self.rules.max_records {
            self.records.retain(|_, record| !record.is_expired(now));
        }
        self.records.records().len() < self.rules.max_records
    }

    /// Keeps a record that came from `source`, if the rules allow it and there is room.
    pub(super) fn keep(&mut self, record: Record, source: PeerId) {
        let is_valid = self.rules.check(record.key.as_ref(), &record.value).is_ok();
        let is_kept = is_valid
            && match self.get(&record.key) {
                Some(held) => self.rules.replaces(&record, source, &held),
                None => self.have_room(),
            };
        if is_kept {
            // Nobody can be told of an error: kad gives the peer the same answer in any case.
            let _ = self.records.put(record);
        }
    }

    pub(super) fn remove(&mut self, key: &RecordKey) {
        self.records.remove(key);
    }
}
