//! Decides whether what several clients did to one register at the same time is linearizable, in `O(n log n)`.
//!
//! A register holds one value, which operations write and read. Each takes a while, from its begin to its end, and several
//! may be under way at once. A history of them is linearizable if each operation can be given one moment between its begin
//! and its end at which it happens, all at different moments, so that every read returns what was written last before it.
//!
//! Registers do not concern each other: a history of several is linearizable if that of each is, so check one at a time.
//! In a key/value store, each key is a register.
//!
//! # Example
//!
//! Two writes and two reads, at the times 1 to 8. The write of `"b"` takes long, so a read that runs beside it may return
//! either value. But the first read returned the new value, and the second, which began after that, the old one:
//!
//! ```text
//!             1   2   3   4   5   6   7   8
//! 0  write a  |---|
//! 1  write b          |-------------------|
//! 2  read b               |---|
//! 3  read a                       |---|
//! ```
//!
//! ```
//! use value_store::conformance::linearizability::{Operation::{Read, Write}, Sighting, Violation, check};
//!
//! let mut history = [
//!     Write { value: "a", begin: 1, end: Some(2) },
//!     Write { value: "b", begin: 3, end: Some(8) },
//!     Read { value: Some("b"), begin: 4, end: 5 },
//!     Read { value: Some("a"), begin: 6, end: 7 },
//! ];
//! let stale = Violation::Stale {
//!     read: 3,
//!     old: Sighting { write: 0, by: 0 },
//!     newer: Sighting { write: 1, by: 2 },
//!     begun: 1,
//! };
//! assert_eq!(check(&history), Err(stale));
//!
//! // The other way round, the write may have happened between the two reads.
//! history[2] = Read { value: Some("a"), begin: 4, end: 5 };
//! history[3] = Read { value: Some("b"), begin: 6, end: 7 };
//! assert_eq!(check(&history), Ok(()));
//! ```
//!
//! # The model
//!
//! - Begins and ends are numbers in the order in which they were observed: of a logical clock rather than of a real one,
//!   which two threads may read differently. An operation comes before another only if its end is less than the other's
//!   begin; with any other numbers, the equal ones included, the two ran at the same time.
//! - Every write writes another value. Whoever makes up the values can see to that.
//! - Before any write the register has its initial value, which no operation writes.
//! - A write that did not end (its client gave it up, or crashed, or had an error) may happen at any time after its begin,
//!   or never. If nothing read its value, nothing speaks against never; if something did, it is a write whose end is later
//!   than everything. A read that did not end says nothing, and is left out.
//!
//! # Why different values make it easy
//!
//! In general the question is NP-complete: where two writes wrote the same value, one has to guess whose a read returned.
//! Where all values are different, each write and the reads of its value form a *cluster*, and in any order that explains
//! the history, a cluster is one block: the write, then its reads. Within the block nothing stands in the way unless a
//! read ended before the write began. So only the order of the blocks is open. A must come before B if an operation of A
//! ended before one of B began; that is, if the first end in A is less than the last begin in B.
//!
//! If each of two clusters must come before the other, there is no order. If there are no such two, there is one. For
//! suppose that clusters had to follow each other in a longer circle. Each has an operation that ended before some begin
//! in the circle, and so before the last of all begins. So each must come before the cluster with the last begin, even the
//! one that has to come after it, and these are such two.
//!
//! This is the theorem of Gibbons and Korach, "Testing Shared Memories", SIAM Journal on Computing 26(4), 1997. They call
//! the time between the first end and the last begin of a cluster its *zone*, a forward zone if the end comes first and a
//! backward zone if not: two clusters must each come before the other if both have forward zones and these overlap, or if
//! one has a backward zone that lies within the forward zone of the other. Forward zones that are sorted overlap if two
//! neighbours do; and if none do, only one of them can have a given backward zone within it, which a binary search finds.
//!
//! # Cost
//!
//! Linear, but for sorting the forward zones and searching them: `O(n log n)` time and `O(n)` memory for `n` operations.
//! Only a history that is not linearizable takes one more look at the values of two clusters.
//!
//! # Limits
//!
//! There is only read and write: no compare-and-swap, no counters, no transactions over several registers. Of all that is
//! wrong with a history, one violation is reported, with as few operations as show that this pair of values contradict
//! each other.

mod blame;
#[cfg(test)]
mod tests;

use std::collections::HashMap;
use std::collections::hash_map::Entry;
use std::hash::Hash;

/// One operation on the register.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Operation<V> {
    /// A write of a value that no other operation writes.
    Write {
        /// The value.
        value: V,
        /// When the operation began.
        begin: u64,
        /// When it ended, not before it began; `None` if it did not end, or not with success, so that it may happen at
        /// any time, or never.
        end: Option<u64>,
    },
    /// A read that ended.
    Read {
        /// The value that it returned; `None` for the initial one.
        value: Option<V>,
        /// When the operation began.
        begin: u64,
        /// When it ended, not before it began.
        end: u64,
    },
}

/// Operations that no order explains, each by its index in the history.
///
/// Those that are named cannot be explained even if there were no others.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Violation {
    /// A read returned a value that no operation wrote.
    #[error("read {read} returned a value that was never written")]
    FromNowhere {
        /// The read.
        read: usize,
    },
    /// A read ended before the write of its value began.
    #[error("read {read} returned the value of write {write} and ended before that began")]
    FromTheFuture {
        /// The read.
        read: usize,
        /// The write of its value.
        write: usize,
    },
    /// A read returned the initial value when that had been replaced.
    #[error("read {read} returned the initial value after write {} had been there", seen.write)]
    Lost {
        /// The read.
        read: usize,
        /// A value that was there before the read began.
        seen: Sighting,
    },
    /// A read returned a value that had been replaced: after it was there, an operation on a newer value began, and that was
    /// there before the read began.
    #[error("read {read} returned the value of write {} after that of write {} had replaced it", old.write, newer.write)]
    Stale {
        /// The read.
        read: usize,
        /// The value that the read returned, and an operation that shows that it had been there before.
        old: Sighting,
        /// The newer value, and an operation that shows that it was there before the read began.
        newer: Sighting,
        /// The operation on the newer value that began after `old.by` had ended: `newer.write` or `newer.by`.
        begun: usize,
    },
    /// Each of two values was read after the other had been there, so that either must be the older.
    #[error("each of the values of writes {} and {} was read after the other had been there", seen[0].write, seen[1].write)]
    Crossed {
        /// The reads: `reads[0]` returned the value of `seen[0].write`, and began after `seen[1].by` had ended; `reads[1]`
        /// the other way round.
        reads: [usize; 2],
        /// The values.
        seen: [Sighting; 2],
    },
}

/// An operation whose end shows that a value had been written by then.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Sighting {
    /// The write of the value.
    pub write: usize,
    /// The operation: the write itself, or a read of its value.
    pub by: usize,
}

impl Violation {
    /// The same violation in a history that has the operations of this one among others, given what their indices are there.
    #[must_use]
    pub fn renumbered(self, index: impl Fn(usize) -> usize) -> Self {
        let seen = |Sighting { write, by }| Sighting { write: index(write), by: index(by) };
        match self {
            Self::FromNowhere { read } => Self::FromNowhere { read: index(read) },
            Self::FromTheFuture { read, write } => Self::FromTheFuture { read: index(read), write: index(write) },
            Self::Lost { read, seen: before } => Self::Lost { read: index(read), seen: seen(before) },
            Self::Stale { read, old, newer, begun } => {
                Self::Stale { read: index(read), old: seen(old), newer: seen(newer), begun: index(begun) }
            }
            Self::Crossed { reads, seen: both } => Self::Crossed { reads: reads.map(&index), seen: both.map(seen) },
        }
    }

    /// The operations that are named, each once and in ascending order.
    #[must_use]
    pub fn operations(&self) -> Vec<usize> {
        let mut operations = match *self {
            Self::FromNowhere { read } => vec![read],
            Self::FromTheFuture { read, write } => vec![read, write],
            Self::Lost { read, seen } => vec![read, seen.write, seen.by],
            Self::Stale { read, old, newer, begun } => vec![read, old.write, old.by, newer.write, newer.by, begun],
            Self::Crossed { reads: [one, other], seen: [first, second] } => {
                vec![one, other, first.write, first.by, second.write, second.by]
            }
        };
        operations.sort_unstable();
        operations.dedup();
        operations
    }
}

/// Checks whether a history of one register is linearizable. The operations may be in any order.
///
/// # Errors
///
/// The [`Violation`] found first.
///
/// # Panics
///
/// If two operations write the same value.
pub fn check<V: Eq + Hash>(operations: &[Operation<V>]) -> Result<(), Violation> {
    let zones = zones(operations)?;
    if let Some(read) = read_of_a_lost_value(operations, &zones) {
        return Err(blame::lost(operations, read));
    }
    match contradiction(zones) {
        Some(writes) => Err(blame::contradiction(operations, writes)),
        None => Ok(()),
    }
}

impl<V> Operation<V> {
    fn begin(&self) -> u64 {
        match self {
            Self::Write { begin, .. } | Self::Read { begin, .. } => *begin,
        }
    }

    /// The end; for a write that did not end, one that is less than no begin.
    fn end(&self) -> u64 {
        match self {
            Self::Write { end, .. } => end.unwrap_or(u64::MAX),
            Self::Read { end, .. } => *end,
        }
    }

    fn value(&self) -> Option<&V> {
        match self {
            Self::Write { value, .. } => Some(value),
            Self::Read { value, .. } => value.as_ref(),
        }
    }

    fn is_write(&self) -> bool {
        matches!(self, Self::Write { .. })
    }
}

/// The zone of a cluster. That of a write that did not end, and that nothing read, contradicts no other, since its first end
/// is less than no begin; so the write needs no special treatment.
struct Zone {
    /// The write, or the first of the reads as long as no write was seen.
    write: usize,
    first_end: u64,
    last_begin: u64,
}

impl Zone {
    fn of<V>(operations: &[Operation<V>], index: usize) -> Self {
        Self { write: index, first_end: operations[index].end(), last_begin: operations[index].begin() }
    }

    fn is_forward(&self) -> bool {
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

    /// What is wrong if a read cannot follow the write of its value.
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

    /// Whether an operation of this cluster ended before one of the other began.
    fn must_precede(&self, other: &Self) -> bool {
        self.first_end < other.last_begin
    }
}

/// The zones of all values that were written, if each read can follow the write of its value.
fn zones<V: Eq + Hash>(operations: &[Operation<V>]) -> Result<Vec<Zone>, Violation> {
    let writes = operations.iter().filter(|operation| operation.is_write()).count();
    let mut zones: Vec<Zone> = Vec::with_capacity(writes);
    let mut zone_of: HashMap<&V, usize> = HashMap::with_capacity(writes);
    // Most operations on a value come soon after each other, and find it in the processor's cache.
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

/// A read of the initial value that began when another value had been there. The initial value is as if written before
/// everything, so its cluster must come before all others.
fn read_of_a_lost_value<V>(operations: &[Operation<V>], zones: &[Zone]) -> Option<usize> {
    let first_end = zones.iter().map(|zone| zone.first_end).min()?;
    let is_lost = |operation: &Operation<V>| operation.value().is_none() && first_end < operation.begin();
    operations.iter().position(is_lost)
}

/// The writes of two clusters each of which must come before the other.
fn contradiction(zones: Vec<Zone>) -> Option<[usize; 2]> {
    let (mut forward, backward): (Vec<_>, Vec<_>) = zones.into_iter().partition(Zone::is_forward);
    forward.sort_unstable_by_key(|zone| zone.first_end);
    if let Some(pair) = forward.windows(2).find(|pair| pair[1].must_precede(&pair[0])) {
        return Some([pair[0].write, pair[1].write]);
    }
    backward.iter().find_map(|inner| {
        let preceding = forward.partition_point(|outer| outer.must_precede(inner));
        let outer = forward[..preceding].last()?;
        inner.must_precede(outer).then_some([outer.write, inner.write])
    })
}
