//! One call of a store, and its outcome.

use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use tokio::time::Instant;

use crate::conformance::subject::chain;
use crate::{Error, GetValueResult, Options};

/// One call of the store.
#[derive(Clone, Debug)]
pub(crate) struct Operation {
    /// The number of the handle, from 1 in the order of opening.
    pub(crate) handle: usize,
    /// The number of the task or thread that made the call, from 1 in the order of their first calls. Zero in the
    /// history itself, which counts them when it is copied.
    pub(crate) task: usize,
    pub(crate) call: Call,
    pub(crate) key: Bytes,
    pub(crate) options: Arc<Options>,
    pub(crate) begun: Instant,
    /// When the call ended, and its outcome. `None` while it runs.
    pub(crate) ended: Option<(Instant, Outcome)>,
    /// The begins and ends of all calls are numbered in one sequence. These are the numbers of this call's begin and end.
    /// They show which of two calls came first, which a clock cannot do: it may be paused.
    pub(crate) events: (u64, Option<u64>),
}

impl Operation {
    pub(crate) fn elapsed(&self) -> Option<Duration> {
        self.ended.as_ref().map(|(end, _)| end.duration_since(self.begun))
    }

    pub(crate) fn outcome(&self) -> Option<&Outcome> {
        self.ended.as_ref().map(|(_, outcome)| outcome)
    }

    /// Whether this call and another one ran at the same time.
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
    /// The put of a record failed with this error after a newer record had been made for its key. That counts as stored and
    /// replaced at once.
    Superseded(Refusal),
    /// The future of the call was dropped after this number of polls.
    Dropped {
        polls: usize,
    },
    /// The call panicked, and the panic reached the case.
    Panicked {
        /// The message, and where in the source the panic happened.
        message: String,
        /// Whether it panicked when its future was dropped.
        in_drop: bool,
    },
}

impl Outcome {
    /// Whether the call failed with an error of this kind.
    pub(crate) fn is(&self, kind: Kind) -> bool {
        matches!(self, Self::Failed(refusal) if refusal.kind == kind)
    }
}

/// What the history keeps of an [`Error`], which cannot be cloned: its kind, then its message and those of its sources.
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
    /// Whether a network may refuse a record with this error because it has, or some of its nodes have, a newer one.
    pub(crate) fn may_refuse_an_old_record(self) -> bool {
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
        // These two say nothing more, and cases expect thousands of them.
        let says_more = !matches!(kind, Kind::NotFound | Kind::Timeout);
        Self { kind, chain: if says_more { chain(error) } else { Vec::new() } }
    }
}
