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
mod operation;
#[cfg(test)]
mod tests;
mod violation;
mod zone;

pub use self::operation::Operation;
pub use self::violation::{Sighting, Violation};

use std::hash::Hash;

use self::zone::{Zone, zones};

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
