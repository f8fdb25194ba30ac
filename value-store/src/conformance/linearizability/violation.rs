//! What can be wrong with a history.

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
