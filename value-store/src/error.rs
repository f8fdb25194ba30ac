/// Why a [`put`](crate::ValueStore::put) or a [`get`](crate::ValueStore::get) failed.
///
/// ```
/// use value_store::Error;
///
/// let error = Error::backend("the disk is full");
/// assert!(error.is_backend() && !error.is_not_found());
/// ```
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// The key has no value. A store says so only where it knows that: an outage is never `NotFound`.
    #[error("the key has no value")]
    NotFound,

    /// The call's timeout, or the store's own default, passed before there was an answer.
    #[error("the call timed out")]
    Timeout,

    /// The store cannot take this key. The text says why, and what it would take.
    #[error("invalid key: {0}")]
    InvalidKey(String),

    /// The store cannot take this value. The text says why, and what it would take.
    #[error("invalid value: {0}")]
    InvalidValue(String),

    /// What the store is built on failed, such as its disk or its network. Its error is the
    /// [source](std::error::Error::source).
    #[error("the store's backend failed")]
    Backend(#[source] Box<dyn std::error::Error + Send + Sync>),
}

impl Error {
    /// An [`Error::Backend`] made of any error, or of a plain message.
    pub fn backend(error: impl Into<Box<dyn std::error::Error + Send + Sync>>) -> Self {
        Self::Backend(error.into())
    }

    /// Whether this is [`Error::NotFound`].
    #[must_use]
    pub const fn is_not_found(&self) -> bool {
        matches!(self, Self::NotFound)
    }

    /// Whether this is [`Error::Timeout`].
    #[must_use]
    pub const fn is_timeout(&self) -> bool {
        matches!(self, Self::Timeout)
    }

    /// Whether this is [`Error::InvalidKey`].
    #[must_use]
    pub const fn is_invalid_key(&self) -> bool {
        matches!(self, Self::InvalidKey(_))
    }

    /// Whether this is [`Error::InvalidValue`].
    #[must_use]
    pub const fn is_invalid_value(&self) -> bool {
        matches!(self, Self::InvalidValue(_))
    }

    /// Whether this is [`Error::Backend`].
    #[must_use]
    pub const fn is_backend(&self) -> bool {
        matches!(self, Self::Backend(_))
    }
}

#[cfg(test)]
mod tests {
    use std::error::Error as _;

    use super::*;

    #[test]
    fn a_backend_error_keeps_its_source() {
        let error = Error::backend(std::io::Error::other("disk full"));
        assert_eq!(error.source().map(ToString::to_string).as_deref(), Some("disk full"));
    }
}
