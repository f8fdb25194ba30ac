//! One call of a store, and how it ended.

use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use tokio::time::Instant;

use crate::conformance::subject::chain;
use crate::{Error, GetValueResult, Options};

/// One call of the store.
#[derive(Clone, Debug)]
pub(crate) struct Operation {
    /// Which handle was called, from 1 in the order of opening.
    pub(crate) handle: usize,
    /// Which task or thread made the call, from 1 in the order of their first calls.
    pub(crate) task: usize,
    pub(crate) call: Call,
    pub(crate) key: Bytes,
    pub(crate) options: Arc<Options>,
    pub(crate) begun: Instant,
    /// How it ended, and when; `None` as long as it runs.
    pub(crate) ended: Option<(Instant, Outcome)>,
    /// The number of its begin, and of its end, among those of all calls. Unlike a clock, which may be paused, they tell
    /// which of two calls came before the other.
    pub(crate) events: (u64, Option<u64>),
}

impl Operation {
    pub(crate) fn elapsed(&self) -> Option<Duration> {
        self.ended.as_ref().map(|(end, _)| end.duration_since(self.begun))
    }

    pub(crate) fn outcome(&self) -> Option<&Outcome> {
        self.ended.as_ref().map(|(_, outcome)| outcome)
    }

    /// Whether this and another call ran at the same time.
    pub(crate) fn runs_beside(&self, other: &Self) -> bool {
        let begins_before_the_end = |one: &Self, other: &Self| other.events.1.is_none_or(|end| one.events.0 < end);
        self.events.0 != other.events.0 && begins_before_the_end(self, other) && begins_before_the_end(other, self)
    }
}

#[derive(Clone, Debug)]
pub(crate) enum Call {
    Put(Bytes),
    Get,
}

impl Call {
    pub(crate) fn name(&self) -> &'static str {
        match self {
            Self::Put(_) => "put",
            Self::Get => "get",
        }
    }
}

#[derive(Clone, Debug)]
pub(crate) enum Outcome {
    /// The put returned `Ok`.
    Stored,
    /// The get returned a value.
    Found(GetValueResult),
    Failed(Refusal),
    /// The put of a record failed like this while a newer one was on its way: as good as stored and replaced at once.
    Superseded(Refusal),
    /// The call's future was dropped when it had been polled so many times.
    Dropped {
        polls: usize,
    },
}

impl Outcome {
    /// Whether the call failed with an error of this kind.
    pub(crate) fn is(&self, kind: Kind) -> bool {
        matches!(self, Self::Failed(refusal) if refusal.kind == kind)
    }
}

/// An [`Error`], as far as it can be kept: its kind, and the messages of the whole chain.
#[derive(Clone, Debug)]
pub(crate) struct Refusal {
    pub(crate) kind: Kind,
    pub(crate) chain: Vec<String>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    NotFound,
    Timeout,
    InvalidKey,
    InvalidValue,
    Backend,
}

impl Kind {
    /// Whether a network may say this to a record that is older than another one, or that some of it found older.
    pub(crate) fn may_be_of_an_old_record(self) -> bool {
        matches!(self, Self::InvalidValue | Self::Backend)
    }
}

impl From<&Error> for Refusal {
    fn from(error: &Error) -> Self {
        let kind = match error {
            Error::NotFound => Kind::NotFound,
            Error::Timeout => Kind::Timeout,
            Error::InvalidKey(_) => Kind::InvalidKey,
            Error::InvalidValue(_) => Kind::InvalidValue,
            Error::Backend(_) => Kind::Backend,
        };
        Self { kind, chain: chain(error) }
    }
}
