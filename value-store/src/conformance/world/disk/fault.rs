//! What can be wrong with a disk.

/// What is wrong with a disk, until it is well again.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Fault {
    /// There is no room for more pages.
    Full,
    /// Writes fail.
    FailedWrites,
    /// Reads fail.
    FailedReads,
    /// A sync fails that has something to write. What it should have written of a file is dropped: the next one has nothing to
    /// do and is fine. So it is on Linux.
    FailedSyncs,
    /// Nothing comes back until the disk is well again.
    Stalled,
}
