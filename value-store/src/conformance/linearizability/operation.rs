//! One operation on a register.

/// One operation on the register, with its begin and end.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Operation<V> {
    /// A write of a value that no other operation writes.
    Write {
        /// The value.
        value: V,
        /// When the operation began.
        begin: u64,
        /// When it ended, which is not before it began. `None` if it did not end or did not succeed: such a write may take
        /// effect at any time after its begin, or never.
        end: Option<u64>,
    },
    /// A read that ended.
    Read {
        /// The value that it returned, or `None` for the initial value.
        value: Option<V>,
        /// When the operation began.
        begin: u64,
        /// When it ended, which is not before it began.
        end: u64,
    },
}

impl<V> Operation<V> {
    pub(super) fn begin(&self) -> u64 {
        match self {
            Self::Write { begin, .. } | Self::Read { begin, .. } => *begin,
        }
    }

    /// The end. A write that did not end has the greatest number as its end, so it comes before no operation.
    pub(super) fn end(&self) -> u64 {
        match self {
            Self::Write { end, .. } => end.unwrap_or(u64::MAX),
            Self::Read { end, .. } => *end,
        }
    }

    pub(super) fn value(&self) -> Option<&V> {
        match self {
            Self::Write { value, .. } => Some(value),
            Self::Read { value, .. } => value.as_ref(),
        }
    }

    pub(super) fn is_write(&self) -> bool {
        matches!(self, Self::Write { .. })
    }
}
