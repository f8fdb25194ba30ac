//! The records in memory, each with the changes of it that are not on disk yet.

use std::collections::{HashMap, VecDeque};
use std::time::Instant;

use libp2p::kad::{Record, RecordKey};

/// What is known of each key. Changes have numbers that count up; a number of 0 is on disk from the start.
#[derive(Debug, Default)]
pub(super) struct Index {
    keys: HashMap<RecordKey, Held>,
    /// How many keys have a record.
    records: usize,
    /// The changes that were not on disk when they were made, the oldest first.
    unsettled: VecDeque<(u64, RecordKey)>,
}

/// A key's record on disk, and what comes in its place: a record or none.
#[derive(Debug, Default)]
struct Held {
    on_disk: Option<Record>,
    pending: VecDeque<(u64, Option<Record>)>,
}

impl Index {
    /// Notes a change that has this number, while those up to `written` are on disk.
    pub(super) fn change(&mut self, key: &RecordKey, record: Option<Record>, number: u64, written: u64) {
        let held = self.keys.entry(key.clone()).or_default();
        self.records += usize::from(record.is_some());
        self.records -= usize::from(held.latest().is_some());
        held.pending.push_back((number, record));
        self.unsettled.push_back((number, key.clone()));
        let is_later = |(number, _): &(u64, RecordKey)| *number > written;
        let settled = self.unsettled.iter().position(is_later).unwrap_or(self.unsettled.len());
        let settled: Vec<_> = self.unsettled.drain(..settled).collect();
        for (number, key) in settled {
            self.settle(&key, number);
        }
    }

    /// Forgets what the change with this number, which is on disk, has replaced.
    fn settle(&mut self, key: &RecordKey, number: u64) {
        let Some(held) = self.keys.get_mut(key) else { return };
        while held.pending.front().is_some_and(|(pending, _)| *pending <= number) {
            held.on_disk = held.pending.pop_front().and_then(|(_, record)| record);
        }
        if held.on_disk.is_none() && held.pending.is_empty() {
            self.keys.remove(key);
        }
    }

    /// The record that is on disk, if the changes up to `written` are.
    pub(super) fn written(&self, key: &RecordKey, written: u64) -> Option<&Record> {
        let held = self.keys.get(key)?;
        let newest = held.pending.iter().rev().find(|(number, _)| *number <= written);
        newest.map_or(held.on_disk.as_ref(), |(_, record)| record.as_ref())
    }

    /// The newest record of a key, unless it has expired.
    pub(super) fn latest(&self, key: &RecordKey) -> Option<&Record> {
        self.keys.get(key)?.latest().filter(|record| !record.is_expired(Instant::now()))
    }

    pub(super) fn contains(&self, key: &RecordKey) -> bool {
        self.keys.get(key).is_some_and(|held| held.latest().is_some())
    }

    /// How many keys have a record, expired ones among them.
    pub(super) fn len(&self) -> usize {
        self.records
    }

    pub(super) fn keys(&self) -> impl Iterator<Item = &RecordKey> {
        self.keys.keys()
    }

    pub(super) fn expired(&self) -> Vec<RecordKey> {
        let now = Instant::now();
        let has_expired = |held: &Held| held.latest().is_some_and(|record| record.is_expired(now));
        self.keys.iter().filter(|(_, held)| has_expired(held)).map(|(key, _)| key.clone()).collect()
    }
}

impl Held {
    fn latest(&self) -> Option<&Record> {
        self.pending.back().map_or(self.on_disk.as_ref(), |(_, record)| record.as_ref())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_removed_leaves_nothing_once_that_is_on_disk() {
        let (mut index, key) = (Index::default(), |number: u8| RecordKey::new(&[number]));
        index.change(&key(1), Some(Record::new(key(1), vec![1])), 1, 0);
        index.change(&key(1), Some(Record::new(key(1), vec![2])), 2, 1);
        index.change(&key(1), None, 3, 2);
        assert_eq!(index.written(&key(1), 2).unwrap().value, [2]);
        assert_eq!((index.len(), index.written(&key(1), 3)), (0, None));
        index.change(&key(2), Some(Record::new(key(2), vec![1])), 4, 3);
        assert!(!index.keys.contains_key(&key(1)));
        assert_eq!((index.len(), index.unsettled.len()), (1, 1));
    }
}
