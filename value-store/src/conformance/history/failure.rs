//! What a case can find wrong, as facts; the report words them.

use std::collections::BTreeSet;
use std::time::Duration;

use libp2p_identity::PeerId;

use super::expected::Expected;
use crate::conformance::linearizability::Violation;

/// How a case ends: well, or with what it found.
pub(crate) type Verdict<T = ()> = Result<T, Box<Failure>>;

/// What a case found. Operations are named by their index in the history.
#[derive(Debug)]
pub(crate) enum Failure {
    /// A call did not end as the contract says.
    Unexpected { operation: usize, expected: Expected },
    /// A call with a timeout returned [`Error::Timeout`](crate::Error::Timeout) before it had passed.
    Early { operation: usize, timeout: Duration },
    /// A call with a timeout ended too late, each time that it was tried. The timer is the one that ran beside the last.
    Late { operation: usize, timeout: Duration, timer: Duration, grace: Duration, attempts: usize },
    /// A value came from a peer that the factory did not name.
    Stranger { operation: usize, members: BTreeSet<PeerId> },
    /// No order of the calls on a key explains what they returned.
    NotLinearizable(Violation),
    /// The factory, a call or a drop panicked.
    Panicked { message: String },
    /// The case did not end.
    Hung { deadline: Duration },
    /// The factory returned an error: its message, then those of its sources.
    NotOpened { chain: Vec<String> },
    /// The case needs a setting that the attribute did not give.
    Needs { setting: &'static str },
    /// The case was expected to fail, and passed.
    Passed { name: &'static str, reason: &'static str },
}

impl<T> From<Failure> for Verdict<T> {
    fn from(failure: Failure) -> Self {
        Err(Box::new(failure))
    }
}
