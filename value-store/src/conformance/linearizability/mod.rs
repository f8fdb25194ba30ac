//! Decides whether concurrent operations on one register are linearizable, in `O(n log n)`.
//!
//! A register holds one value, which operations write and read. An operation takes time, from its begin to its end, and
//! several operations may run at once. A history of operations is linearizable if each can be given one moment between its
//! begin and its end at which it takes effect, all moments different, such that every read returns the value of the last
//! write before it.
//!
//! Registers are independent: a history of several registers is linearizable if the history of each is. So check them one
//! at a time. In a key/value store, each key is a register.
//!
//! # Example
//!
//! Two writes and two reads, at the times 1 to 8. The write of `"b"` takes long, so a read that runs at the same time may
//! return either value. But here the first read returned the new value, and the second read, which began after the first
//! had ended, returned the old value:
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
//! - Begins and ends are numbers in the order in which they were observed. Take them from a logical clock, since two
//!   threads may read a real clock differently. An operation comes before another only if its end is less than the begin of
//!   the other. In all other cases, equal numbers included, the two ran at the same time.
//! - Every write writes a different value. The test that chooses the values can ensure that.
//! - Before any write, the register has its initial value, which no operation writes.
//! - A write that did not end (its client gave up, crashed or got an error) may take effect at any time after its begin,
//!   or never. If no read returned its value, nothing rules out that it never took effect. If a read did, it counts as a
//!   write that ended after everything else. A read that did not end gives no information, so leave it out.
//!
//! # Why different values make it easy
//!
//! In general the question is NP-complete: if two writes wrote the same value, one has to guess which of them a read saw.
//! If all values are different, each write and the reads of its value form a *cluster*. In any order that explains the
//! history, a cluster is one block: the write, then its reads. Such a block exists unless a read ended before the write
//! began. So only the order of the blocks is open. Cluster A must come before cluster B if an operation of A ended before
//! an operation of B began; that is, if the first end in A is less than the last begin in B.
//!
//! If each of two clusters must come before the other, there is no order. If there is no such pair, there is an order: a
//! longer cycle always contains such a pair. Proof: each cluster of the cycle has an operation that ended before some begin
//! in the cycle, and so before the last begin in the cycle. So each cluster must come before the cluster that has this last
//! begin. One of them must also come after that cluster, since they form a cycle. These two are the pair.
//!
//! This is the theorem of Gibbons and Korach, "Testing Shared Memories", SIAM Journal on Computing 26(4), 1997. They call
//! the time between the first end and the last begin of a cluster its *zone*: a forward zone if the end comes first, a
//! backward zone if not. Two clusters must each come before the other in two cases: both have forward zones and these
//! overlap, or one has a backward zone that lies within the forward zone of the other. Among sorted forward zones, some two
//! overlap only if two neighbours do. If none overlap, at most one of them can contain a given backward zone, and a binary
//! search finds it.
//!
//! # Cost
//!
//! `O(n log n)` time and `O(n)` memory for `n` operations. All is linear except sorting and searching the forward zones.
//! Only a history that is not linearizable takes one more look at the values of two clusters.
//!
//! # Limits
//!
//! The only operations are read and write: no compare-and-swap, no counters, no transactions over several registers. Of a
//! history with several violations, one is reported, with as few operations as show that its two values contradict each
//! other.

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

/// A read of the initial value that began after another value had been seen. The initial value counts as written before
/// everything else, so its cluster must come before all others.
fn read_of_a_lost_value<V>(operations: &[Operation<V>], zones: &[Zone]) -> Option<usize> {
    let first_end = zones.iter().map(|zone| zone.first_end).min()?;
    let is_lost = |operation: &Operation<V>| operation.value().is_none() && first_end < operation.begin();
    operations.iter().position(is_lost)
}

/// The writes of two clusters of which each must come before the other.
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
