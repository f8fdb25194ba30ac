//! One operation on a register.

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

impl<V> Operation<V> {
    pub(super) fn begin(&self) -> u64 {
        match self {
            Self::Write { begin, .. } | Self::Read { begin, .. } => *begin,
        }
    }

    /// The end; for a write that did not end, one that is less than no begin.
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
