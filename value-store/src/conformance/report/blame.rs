//! Which calls are to blame for a failure.

use std::collections::BTreeSet;

use bytes::Bytes;

use crate::conformance::history::{Expected, Failure, Operation, Outcome, WentBack};

impl Failure {
    /// The calls to blame that the failure names.
    pub(super) fn operations(&self) -> Vec<usize> {
        match self {
            Self::Unexpected { operation, .. }
            | Self::Early { operation, .. }
            | Self::Late { operation, .. }
            | Self::Stranger { operation, .. } => vec![*operation],
            Self::NotLinearizable(violation) => violation.operations(),
            Self::WentBack(WentBack { get, older, before, newer }) => {
                let calls = BTreeSet::from([*get, *before, *newer]);
                calls.into_iter().chain(*older).collect::<BTreeSet<_>>().into_iter().collect()
            }
            Self::Panicked { operation, .. } => operation.iter().copied().collect(),
            Self::Hung { outlived, .. } => outlived.iter().map(|(operation, _)| *operation).collect(),
            Self::NotOpened { .. } | Self::Needs { .. } | Self::Passed { .. } => Vec::new(),
        }
    }

    /// All calls to blame. If a case hangs, these are the calls that have not returned.
    pub(super) fn blamed(&self, operations: &[Operation]) -> BTreeSet<usize> {
        let is_pending = |index: &usize| matches!(self, Self::Hung { .. }) && operations[*index].ended.is_none();
        (0..operations.len()).filter(is_pending).chain(self.operations()).collect()
    }

    /// The expected value and the returned one, if there is one of each.
    pub(super) fn difference(&self, operations: &[Operation]) -> Option<(Bytes, Bytes)> {
        let Self::Unexpected { operation, expected: Expected::Value(expected) } = self else { return None };
        match operations[*operation].outcome() {
            Some(Outcome::Found(found)) => Some((expected.clone(), found.val.clone())),
            _ => None,
        }
    }
}
