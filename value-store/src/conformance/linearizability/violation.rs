//! What can be wrong with a history.

/// Operations that no order explains, each given as its index in the history.
///
/// The operations that are named contradict each other on their own, whatever else the history contains.
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
    /// A read returned the initial value after that had been replaced.
    #[error("read {read} returned the initial value after write {} had been there", seen.write)]
    Lost {
        /// The read.
        read: usize,
        /// A value that was there before the read began.
        seen: Sighting,
    },
    /// A read returned a value that had been replaced: an operation on a newer value began after the old value had been
    /// seen, and the newer value had been seen before the read began.
    #[error("read {read} returned the value of write {} after that of write {} had replaced it", old.write, newer.write)]
    Stale {
        /// The read.
        read: usize,
        /// The value that the read returned, and an operation that shows that it was there before `begun`.
        old: Sighting,
        /// The newer value, and an operation that shows that it was there before the read began.
        newer: Sighting,
        /// The operation on the newer value that began after `old.by` had ended: `newer.write` or `newer.by`.
        begun: usize,
    },
    /// Each of two values was read after the other had been seen, so each would have to be the older one.
    #[error("each of the values of writes {} and {} was read after the other had been there", seen[0].write, seen[1].write)]
    Crossed {
        /// The reads. `reads[0]` returned the value of `seen[0].write`, and began after `seen[1].by` had ended. `reads[1]`
        /// returned the value of `seen[1].write`, and began after `seen[0].by` had ended.
        reads: [usize; 2],
        /// The two values, each with an operation that saw it.
        seen: [Sighting; 2],
    },
}

/// A value, and an operation whose end shows that the value had been written by then.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Sighting {
    /// The write of the value.
    pub write: usize,
    /// The operation: the write itself, or a read of the value.
    pub by: usize,
}

impl Violation {
    /// The same violation in a larger history that contains this one. `index` maps an index in this history to the index in
    /// the larger one.
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

    /// The read that cannot be explained, or one of two.
    #[must_use]
    pub fn blamed_read(&self) -> usize {
        match *self {
            Self::FromNowhere { read }
            | Self::FromTheFuture { read, .. }
            | Self::Lost { read, .. }
            | Self::Stale { read, .. }
            | Self::Crossed { reads: [read, _], .. } => read,
        }
    }

    /// The indices of all operations that are named, in ascending order and without duplicates.
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
