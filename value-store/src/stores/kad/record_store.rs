use std::borrow::Cow;
use std::sync::Arc;
use std::time::Instant;

use libp2p::PeerId;
use libp2p::kad::store::{Error, MemoryStore, MemoryStoreConfig, RecordStore, Result};
use libp2p::kad::{ProviderRecord, Record, RecordKey};

use super::records::Rules;

/// The records that a node holds: its own puts, and what peers push to it.
///
/// It is here that a record is refused, and not at the event that kad has for it (`StoreInserts::FilterBoth`): kad answers
/// that push with a success whatever becomes of the record, and the peer's put would count a copy that does not exist. An
/// error from here resets the push.
///
/// Where no validator is in charge, what arrives last is kept, as anywhere in Kademlia: nothing in a record tells the new
/// value of an author from an old copy that somebody passes on.
pub(super) struct CheckedStore {
    rules: Arc<Rules>,
    records: MemoryStore,
}

impl CheckedStore {
    pub(super) fn new(local: PeerId, rules: Arc<Rules>, max_records: usize) -> Self {
        // The memory store refuses a value whose length is its maximum. The rules are what refuses here.
        let config = MemoryStoreConfig { max_records, max_value_bytes: usize::MAX, ..MemoryStoreConfig::default() };
        Self { rules, records: MemoryStore::with_config(local, config) }
    }

    /// The record of this key, unless it has expired.
    pub(super) fn current(&self, key: &RecordKey) -> Option<Cow<'_, Record>> {
        self.records.get(key).filter(|record| !record.is_expired(Instant::now()))
    }

    /// Whether a record is here that is better than this value.
    pub(super) fn has_better(&self, key: &RecordKey, value: &[u8]) -> bool {
        self.current(key).is_some_and(|current| self.rules.is_outdated(key.as_ref(), value, &current.value))
    }
}

impl RecordStore for CheckedStore {
    type RecordsIter<'a> = <MemoryStore as RecordStore>::RecordsIter<'a>;
    type ProvidedIter<'a> = <MemoryStore as RecordStore>::ProvidedIter<'a>;

    fn get(&self, key: &RecordKey) -> Option<Cow<'_, Record>> {
        self.records.get(key)
    }

    fn put(&mut self, record: Record) -> Result<()> {
        let is_valid = self.rules.check(record.key.as_ref(), &record.value).is_ok();
        if !is_valid || self.has_better(&record.key, &record.value) {
            // Kad has no error for these, and only writes to its log what the error was.
            return Err(Error::ValueTooLarge);
        }
        match self.records.put(record.clone()) {
            Err(Error::MaxRecords) => {
                let now = Instant::now();
                self.records.retain(|_, record| !record.is_expired(now));
                self.records.put(record)
            }
            stored => stored,
        }
    }

    fn remove(&mut self, key: &RecordKey) {
        self.records.remove(key);
    }

    fn records(&self) -> Self::RecordsIter<'_> {
        self.records.records()
    }

    fn add_provider(&mut self, record: ProviderRecord) -> Result<()> {
        self.records.add_provider(record)
    }

    fn providers(&self, key: &RecordKey) -> Vec<ProviderRecord> {
        self.records.providers(key)
    }

    fn provided(&self) -> Self::ProvidedIter<'_> {
        self.records.provided()
    }

    fn remove_provider(&mut self, key: &RecordKey, provider: &PeerId) {
        self.records.remove_provider(key, provider);
    }
}
