//! The fewest operations that show what is wrong with a history.

use super::operation::Operation;
use super::violation::{Sighting, Violation};

/// Explains why a read cannot have found the initial value.
pub(super) fn lost<V: Eq>(operations: &[Operation<V>], read: usize) -> Violation {
    let is_before = |index: &usize| operations[*index].value().is_some() && ends_before(operations, *index, read);
    let before = (0..operations.len()).filter(is_before);
    // A write shows by itself that its value was there; a read needs its write beside it.
    let by = before.min_by_key(|index| (!operations[*index].is_write(), operations[*index].end()));
    let by = by.unwrap_or_else(|| unreachable!("a value was there before the read began"));
    Violation::Lost { read, seen: Sighting { write: write_of(operations, by), by } }
}

/// Finds the read that ended before the write of its value began.
pub(super) fn from_the_future<V: Eq>(operations: &[Operation<V>], write: usize) -> Violation {
    let is_too_early = |index: &usize| {
        operations[*index].value() == operations[write].value() && ends_before(operations, *index, write)
    };
    let read = (0..operations.len()).find(is_too_early);
    let read = read.unwrap_or_else(|| unreachable!("a read of the value ended before the write began"));
    Violation::FromTheFuture { read, write }
}

/// Explains why of the values of two writes each must be older than the other. `one` is the write of the value that was
/// there first, as far as the first end of an operation on each can tell.
pub(super) fn contradiction<V: Eq>(operations: &[Operation<V>], [one, other]: [usize; 2]) -> Violation {
    let (one, other) = (cluster(operations, one), cluster(operations, other));
    let circles = circles(operations, &one, &other).into_iter().chain(circles(operations, &other, &one));
    let smallest = circles.filter(|circle| circle.is_in(operations)).min_by_key(|circle| circle.reads(operations));
    let smallest = smallest.unwrap_or_else(|| unreachable!("the two contradict each other"));
    smallest.as_stale(operations).unwrap_or_else(|| smallest.as_crossed(operations))
}

/// Four operations on two values that show that each must be older than the other.
#[derive(Clone, Copy)]
struct Circle {
    /// An operation on the first value, which ended before …
    one_ended: usize,
    /// … this on the second began.
    other_begun: usize,
    /// An operation on the second value, which ended before …
    other_ended: usize,
    /// … this on the first began.
    one_begun: usize,
}

/// Circles among which there is one with as few reads as there can be, where the reads that show two things at once are of
/// the second cluster. A cluster has its write first.
fn circles<V>(operations: &[Operation<V>], one: &[usize], other: &[usize]) -> Vec<Circle> {
    let mut circles = Vec::new();
    for one_ended in [one[0], first_to_end(operations, one)] {
        for one_begun in [one[0], last_to_begin(operations, one)] {
            for other_begun in [other[0], last_to_begin(operations, other)] {
                for other_ended in [other[0], first_to_end(operations, other)] {
                    circles.push(Circle { one_ended, other_begun, other_ended, one_begun });
                }
            }
            let between = |&read: &usize| Circle { one_ended, other_begun: read, other_ended: read, one_begun };
            circles.extend(other.iter().map(between));
        }
    }
    circles
}

impl Circle {
    fn is_in<V>(&self, operations: &[Operation<V>]) -> bool {
        ends_before(operations, self.one_ended, self.other_begun)
            && ends_before(operations, self.other_ended, self.one_begun)
    }

    /// How many different reads are part of it. The two writes are so in any case.
    fn reads<V>(&self, operations: &[Operation<V>]) -> usize {
        let mut reads = vec![self.one_ended, self.other_begun, self.other_ended, self.one_begun];
        reads.retain(|index| !operations[*index].is_write());
        reads.sort_unstable();
        reads.dedup();
        reads.len()
    }

    /// As a read of the first value after the second had replaced it, where the second did that at a known time.
    fn as_stale<V: Eq>(self, operations: &[Operation<V>]) -> Option<Violation> {
        let replaced = operations[self.other_begun].is_write() || self.other_begun == self.other_ended;
        let [old, newer] = self.seen(operations);
        let stale = Violation::Stale { read: self.one_begun, old, newer, begun: self.other_begun };
        (replaced && !operations[self.one_begun].is_write()).then_some(stale)
    }

    fn as_crossed<V: Eq>(self, operations: &[Operation<V>]) -> Violation {
        Violation::Crossed { reads: [self.one_begun, self.other_begun], seen: self.seen(operations) }
    }

    fn seen<V: Eq>(self, operations: &[Operation<V>]) -> [Sighting; 2] {
        [self.one_ended, self.other_ended].map(|by| Sighting { write: write_of(operations, by), by })
    }
}

/// A write, and the reads of its value.
fn cluster<V: Eq>(operations: &[Operation<V>], write: usize) -> Vec<usize> {
    let is_read = |index: &usize| *index != write && operations[*index].value() == operations[write].value();
    std::iter::once(write).chain((0..operations.len()).filter(is_read)).collect()
}

fn write_of<V: Eq>(operations: &[Operation<V>], index: usize) -> usize {
    let value = operations[index].value();
    let write = operations.iter().position(|operation| operation.is_write() && operation.value() == value);
    write.unwrap_or_else(|| unreachable!("a read of a value that nothing wrote was found before"))
}

fn first_to_end<V>(operations: &[Operation<V>], cluster: &[usize]) -> usize {
    cluster.iter().copied().min_by_key(|index| operations[*index].end()).unwrap_or(cluster[0])
}

fn last_to_begin<V>(operations: &[Operation<V>], cluster: &[usize]) -> usize {
    cluster.iter().copied().max_by_key(|index| operations[*index].begin()).unwrap_or(cluster[0])
}

fn ends_before<V>(operations: &[Operation<V>], one: usize, other: usize) -> bool {
    operations[one].end() < operations[other].begin()
}
