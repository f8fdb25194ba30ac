//! The fewest operations that show what is wrong with a history.

use super::operation::Operation;
use super::violation::{Sighting, Violation};

/// Explains why a read cannot have returned the initial value.
pub(super) fn lost<V: Eq>(operations: &[Operation<V>], read: usize) -> Violation {
    let is_before = |index: &usize| operations[*index].value().is_some() && ends_before(operations, *index, read);
    let before = (0..operations.len()).filter(is_before);
    // A write alone shows that its value was there. A read shows that only together with its write: one operation more.
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

/// Explains why each of the values of two writes must be older than the other. `one` is the write of the value that was
/// seen first: the one whose operations have the earlier first end.
pub(super) fn contradiction<V: Eq>(operations: &[Operation<V>], [one, other]: [usize; 2]) -> Violation {
    let (one, other) = (cluster(operations, one), cluster(operations, other));
    let cycles = cycles(operations, &one, &other).into_iter().chain(cycles(operations, &other, &one));
    let smallest = cycles.filter(|cycle| cycle.holds_in(operations)).min_by_key(|cycle| cycle.reads(operations));
    let smallest = smallest.unwrap_or_else(|| unreachable!("the two contradict each other"));
    smallest.as_stale(operations).unwrap_or_else(|| smallest.as_crossed(operations))
}

/// Four operations on two values. They show that each value must be older than the other.
#[derive(Clone, Copy)]
struct Cycle {
    /// An operation on the first value that ended before …
    one_ended: usize,
    /// … this operation on the second value began.
    other_begun: usize,
    /// An operation on the second value that ended before …
    other_ended: usize,
    /// … this operation on the first value began.
    one_begun: usize,
}

/// Candidates for the cycle with the fewest reads; not all of them hold in the history. Each read of the second cluster is
/// tried in both roles of that cluster. To try the same for the first cluster, the caller swaps the two. A cluster begins
/// with its write.
fn cycles<V>(operations: &[Operation<V>], one: &[usize], other: &[usize]) -> Vec<Cycle> {
    let mut cycles = Vec::new();
    for one_ended in [one[0], first_to_end(operations, one)] {
        for one_begun in [one[0], last_to_begin(operations, one)] {
            for other_begun in [other[0], last_to_begin(operations, other)] {
                for other_ended in [other[0], first_to_end(operations, other)] {
                    cycles.push(Cycle { one_ended, other_begun, other_ended, one_begun });
                }
            }
            let between = |&read: &usize| Cycle { one_ended, other_begun: read, other_ended: read, one_begun };
            cycles.extend(other.iter().map(between));
        }
    }
    cycles
}

impl Cycle {
    fn holds_in<V>(&self, operations: &[Operation<V>]) -> bool {
        ends_before(operations, self.one_ended, self.other_begun)
            && ends_before(operations, self.other_ended, self.one_begun)
    }

    /// How many different reads are part of the cycle. The two writes are part of the explanation in any case.
    fn reads<V>(&self, operations: &[Operation<V>]) -> usize {
        let mut reads = vec![self.one_ended, self.other_begun, self.other_ended, self.one_begun];
        reads.retain(|index| !operations[*index].is_write());
        reads.sort_unstable();
        reads.dedup();
        reads.len()
    }

    /// The cycle as a stale read of the first value, if an operation shows when the second value replaced it.
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
