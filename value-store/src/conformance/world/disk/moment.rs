//! When something happens to a disk or a process.

use std::time::Duration;

/// A moment, counted from the begin of the last call before it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Moment {
    After(Duration),
    /// Before this operation of the disk, or amid it. The first one that the call makes is 1.
    Before {
        operation: usize,
        neighbours: Neighbours,
        is_amid: bool,
    },
}

impl Moment {
    pub(crate) const AT_ONCE: Self = Self::After(Duration::ZERO);

    /// The same moment, or amid the operation that comes next.
    pub(crate) fn amid(self, is_amid: bool) -> Self {
        match self {
            Self::Before { operation, neighbours, .. } => Self::Before { operation, neighbours, is_amid },
            Self::After(_) => self,
        }
    }
}

/// The operations on both sides of a moment, if there are some.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Neighbours {
    pub(crate) done: Option<&'static str>,
    pub(crate) next: Option<&'static str>,
}
