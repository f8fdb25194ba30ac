//! How a call may end.

use bytes::Bytes;

use super::operation::{Kind, Outcome};

/// How a call may end.
#[derive(Clone, Debug)]
pub(crate) enum Expected {
    /// A put returns `Ok`.
    Stored,
    /// A get returns this value.
    Value(Bytes),
    /// A get returns a value.
    AnyValue,
    /// A get returns a value, or says that there is none.
    AnyValueOrMissing,
    /// A get returns one of these values.
    OneOf(Vec<Bytes>),
    /// A get says that there is no value.
    Missing,
    /// The key is refused.
    KeyRefused,
    /// The key is refused, or has no value.
    KeyRefusedOrMissing,
    /// The value is refused.
    ValueRefused,
    /// The value is refused for what it is said to be.
    RecordRefused(Unfit),
    /// As the other, or there is no value.
    OrMissing(Box<Expected>),
    /// As the other, or `Timeout`.
    OrTimeout(Box<Expected>),
    /// The call times out.
    TimedOut,
    /// As the other, or the call fails as it does without a backend.
    OrUnavailable(Box<Expected>),
}

/// Why a network has to refuse a value.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Unfit {
    Older,
    Invalid,
}

impl Expected {
    /// Whether a call may end so.
    pub(crate) fn allows(&self, outcome: &Outcome) -> bool {
        match (self, outcome) {
            (Self::OrTimeout(expected), outcome) => outcome.is(Kind::Timeout) || expected.allows(outcome),
            (Self::OrMissing(expected), outcome) => outcome.is(Kind::NotFound) || expected.allows(outcome),
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

    pub(crate) fn or_unavailable(self) -> Self {
        Self::OrUnavailable(Box::new(self))
    }
}
