//! The outcomes that a call may have.

use bytes::Bytes;

use super::operation::{Kind, Outcome};

/// The outcomes that a call may have.
#[derive(Clone, Debug)]
pub(crate) enum Expected {
    /// A put returns `Ok`.
    Stored,
    /// A get returns this value.
    Value(Bytes),
    /// A get returns a value.
    AnyValue,
    /// A get returns a value, or `NotFound`.
    AnyValueOrMissing,
    /// A get returns one of these values.
    OneOf(Vec<Bytes>),
    /// A get returns `NotFound`.
    Missing,
    /// The call returns `InvalidKey`.
    KeyRefused,
    /// The call returns `InvalidKey` or `NotFound`.
    KeyRefusedOrMissing,
    /// A put returns `InvalidValue`.
    ValueRefused,
    /// A put of a record returns `InvalidValue`, for this reason.
    RecordRefused(Unfit),
    /// As the inner one, or `NotFound`.
    OrMissing(Box<Expected>),
    /// As the inner one, or `Timeout`.
    OrTimeout(Box<Expected>),
    /// The call returns `Timeout`.
    TimedOut,
    /// As the inner one, or `Backend`.
    OrBackend(Box<Expected>),
    /// As the inner one, or an error of a call whose backend is away: `Backend` or `Timeout`.
    OrUnavailable(Box<Expected>),
}

/// Why a network has to refuse a value.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Unfit {
    Older,
    Invalid,
}

impl Expected {
    /// Whether a call may have this outcome.
    pub(crate) fn allows(&self, outcome: &Outcome) -> bool {
        match (self, outcome) {
            (Self::OrTimeout(expected), outcome) => outcome.is(Kind::Timeout) || expected.allows(outcome),
            (Self::OrMissing(expected), outcome) => outcome.is(Kind::NotFound) || expected.allows(outcome),
            (Self::OrBackend(expected), outcome) => outcome.is(Kind::Backend) || expected.allows(outcome),
            (Self::OrUnavailable(expected), outcome) => {
                outcome.is(Kind::Backend) || outcome.is(Kind::Timeout) || expected.allows(outcome)
            }
            (Self::TimedOut, outcome) => outcome.is(Kind::Timeout),
            (Self::Stored, Outcome::Stored | Outcome::Superseded(_)) | (Self::AnyValue, Outcome::Found(_)) => true,
            (Self::Value(value), Outcome::Found(found)) => found.val == *value,
            (Self::OneOf(values), Outcome::Found(found)) => values.contains(&found.val),
            (Self::AnyValueOrMissing, outcome) => matches!(outcome, Outcome::Found(_)) || outcome.is(Kind::NotFound),
            (Self::Missing, outcome) => outcome.is(Kind::NotFound),
            (Self::KeyRefused, outcome) => outcome.is(Kind::InvalidKey),
            (Self::KeyRefusedOrMissing, outcome) => outcome.is(Kind::InvalidKey) || outcome.is(Kind::NotFound),
            (Self::ValueRefused | Self::RecordRefused(_), outcome) => outcome.is(Kind::InvalidValue),
            _ => false,
        }
    }

    pub(crate) fn one_of(values: &[Bytes]) -> Self {
        Self::OneOf(values.to_vec())
    }

    pub(crate) fn or_missing(self) -> Self {
        Self::OrMissing(Box::new(self))
    }

    pub(crate) fn or_timeout(self) -> Self {
        Self::OrTimeout(Box::new(self))
    }

    pub(crate) fn or_backend(self) -> Self {
        Self::OrBackend(Box::new(self))
    }

    pub(crate) fn or_unavailable(self) -> Self {
        Self::OrUnavailable(Box::new(self))
    }
}
