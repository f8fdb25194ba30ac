//! What a case can find wrong. These are facts; the report puts them into words.

use std::collections::BTreeSet;
use std::time::Duration;

use libp2p_identity::PeerId;

use super::expected::Expected;
use crate::conformance::linearizability::Violation;

/// The result of a case, or of a part of it.
pub(crate) type Verdict<T = ()> = Result<T, Box<Failure>>;

/// What a case found wrong. An operation is given as its index in the history.
#[derive(Debug)]
pub(crate) enum Failure {
    /// A call had an outcome that the contract does not allow.
    Unexpected { operation: usize, expected: Expected },
    /// A call returned [`Error::Timeout`](crate::Error::Timeout) before its timeout had passed.
    Early { operation: usize, timeout: Duration },
    /// A call with a timeout ended too late in each of `attempts` attempts. `timer` is how long the timer beside the last
    /// attempt took.
    Late { operation: usize, timeout: Duration, timer: Duration, grace: Duration, attempts: usize },
    /// A value came from a peer that the factory did not declare as a member.
    Stranger { operation: usize, members: BTreeSet<PeerId> },
    /// No order of the calls on a key explains what they returned.
    NotLinearizable(Violation),
    /// A handle returned an older value than before.
    WentBack(WentBack),
    /// The factory, a call or a drop panicked. `operation` is the call, if it was one.
    Panicked { operation: Option<usize>, message: String },
    /// The case did not end by its deadline. `outlived` is the first call that had not returned long after its own timeout
    /// had passed, if there is one, and how long it had run.
    Hung { deadline: Duration, outlived: Option<(usize, Duration)> },
    /// The factory returned an error. `chain` has its message, then those of its sources.
    NotOpened { chain: Vec<String> },
    /// The case needs something that the attribute or the factory did not provide.
    Needs { setting: &'static str },
    /// The case was expected to fail, and passed.
    Passed { name: &'static str, reason: &'static str },
}

/// A handle that returned an older value than before. The calls are given as their indices in the history.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct WentBack {
    /// The get that returned the older value, or `NotFound`.
    pub(crate) get: usize,
    /// The put of the older value, or `None` if the get ended with `NotFound`.
    pub(crate) older: Option<usize>,
    /// The get through the same handle that had returned the newer value before.
    pub(crate) before: usize,
    /// The put of the newer value.
    pub(crate) newer: usize,
}

impl<T> From<Failure> for Verdict<T> {
    fn from(failure: Failure) -> Self {
        Err(Box::new(failure))
    }
}
