//! The zones of the clusters, each from the first end to the last begin of its operations.

use std::collections::HashMap;
use std::collections::hash_map::Entry;
use std::hash::Hash;

use super::blame;
use super::operation::Operation;
use super::violation::Violation;

/// The zone of a cluster. A write that did not end and whose value nobody read needs no special treatment: its zone has no
/// end that is less than any begin, so it contradicts no other zone.
pub(super) struct Zone {
    /// The write of the cluster. While the zones are built, its first read, until the write is found.
    pub(super) write: usize,
    pub(super) first_end: u64,
    last_begin: u64,
}

impl Zone {
    fn of<V>(operations: &[Operation<V>], index: usize) -> Self {
        Self { write: index, first_end: operations[index].end(), last_begin: operations[index].begin() }
    }

    pub(super) fn is_forward(&self) -> bool {
        self.first_end < self.last_begin
    }

    fn extend<V>(&mut self, operations: &[Operation<V>], index: usize) {
        let operation = &operations[index];
        if operation.is_write() {
            let first_of_its_value = !operations[self.write].is_write();
            assert!(first_of_its_value, "operation {index} writes a value that another operation writes");
            self.write = index;
        }
        self.first_end = self.first_end.min(operation.end());
        self.last_begin = self.last_begin.max(operation.begin());
    }

    /// # Errors
    ///
    /// If nothing wrote the value, or if a read ended before the write of its value began.
    fn check<V: Eq>(&self, operations: &[Operation<V>]) -> Result<(), Violation> {
        let write = &operations[self.write];
        if !write.is_write() {
            return Err(Violation::FromNowhere { read: self.write });
        }
        if self.first_end < write.begin() {
            return Err(blame::from_the_future(operations, self.write));
        }
        Ok(())
    }

    /// Whether an operation of this cluster ended before one of the other cluster began.
    pub(super) fn must_precede(&self, other: &Self) -> bool {
        self.first_end < other.last_begin
    }
}

/// The zones of all values that were written.
///
/// # Errors
///
/// If a read returned a value that nothing wrote, or ended before the write of its value began.
pub(super) fn zones<V: Eq + Hash>(operations: &[Operation<V>]) -> Result<Vec<Zone>, Violation> {
    let writes = operations.iter().filter(|operation| operation.is_write()).count();
    let mut zones: Vec<Zone> = Vec::with_capacity(writes);
    let mut zone_of: HashMap<&V, usize> = HashMap::with_capacity(writes);
    // One pass in the order of the history: operations on one value are mostly close together there, so the value is still
    // in the processor's cache.
    for (index, operation) in operations.iter().enumerate() {
        let Some(value) = operation.value() else { continue };
        match zone_of.entry(value) {
            Entry::Occupied(zone) => zones[*zone.get()].extend(operations, index),
            Entry::Vacant(zone) => {
                zone.insert(zones.len());
                zones.push(Zone::of(operations, index));
            }
        }
    }
    zones.iter().try_for_each(|zone| zone.check(operations))?;
    Ok(zones)
}
