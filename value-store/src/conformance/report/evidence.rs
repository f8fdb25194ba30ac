//! What a hint is made of.

use std::time::Duration;

use super::operations::call;
use crate::conformance::history::{Call, Happening, Kind, Operation, Outcome};
use crate::conformance::subject::Settings;
use crate::conformance::suite::Case;

/// The calls that a report shows, and what is known of them.
///
/// Here it is decided whether a hint states a cause, or asks for it. In the smallest run that fails, all calls are needed:
/// without any of them, nothing fails. In another run, a call may be there by chance.
#[derive(Clone, Copy)]
pub(super) struct Evidence<'a> {
    pub(super) case: &'a Case,
    pub(super) settings: &'a Settings,
    pub(super) operations: &'a [Operation],
    pub(super) happenings: &'a [(u64, Happening)],
    /// Whether the calls are the smallest run that fails.
    pub(super) is_smallest: bool,
    /// Whether the calls do not fail one after the other.
    pub(super) needs_overlap: bool,
}

impl Evidence<'_> {
    /// Whether all that is odd about the calls is needed. Chance has a part in calls that run at the same time.
    pub(super) fn needs_all(&self) -> bool {
        self.is_smallest && self.overlap().is_none()
    }

    /// A call as what something may be the result of. A question is to follow.
    pub(super) fn after(&self, index: usize, what_became: &str) -> String {
        let call = call(self.operations, index);
        if self.needs_all() {
            format!("it fails only after {call}, which {what_became}")
        } else {
            format!("{call} {what_became} before it")
        }
    }

    /// Two calls that ran at the same time, as what something may be the result of. A question is to follow.
    pub(super) fn beside(&self, one: usize, other: usize) -> String {
        let calls = self.operations;
        let overlaps = |call: &&Operation| calls.iter().any(|other| other.runs_beside(call));
        let are_all = self.is_smallest && calls.iter().filter(overlaps).count() == 2;
        let [one, other] = [one, other].map(|index| call(calls, index));
        match (self.needs_overlap, are_all) {
            (true, true) => format!("it fails only if {one} and {other} run at the same time"),
            (true, false) => format!("it fails only if calls run at the same time, as {one} and {other} did"),
            (false, _) => format!("{one} and {other} ran at the same time"),
        }
    }

    /// The first two calls that ran at the same time.
    pub(super) fn overlap(&self) -> Option<(usize, usize)> {
        let calls = self.operations;
        let beside = |one: usize| (one + 1..calls.len()).find(|other| calls[one].runs_beside(&calls[*other]));
        (0..calls.len()).find_map(|one| Some((one, beside(one)?)))
    }

    /// The calls before this one that ended so.
    pub(super) fn ended_so(&self, before: usize, so: impl Fn(&Outcome) -> bool) -> Vec<usize> {
        (0..before).filter(|index| self.operations[*index].outcome().is_some_and(&so)).collect()
    }

    /// The last put to the key of a call before it.
    pub(super) fn last_put(&self, before: usize) -> Option<usize> {
        let key = &self.operations[before].key;
        self.operations[..before].iter().rposition(|put| put.key == *key && is_put(put))
    }

    /// How often something happened between the ends of two calls, or since the first one ended.
    pub(super) fn count(&self, between: [usize; 2], is: impl Fn(&Happening) -> bool) -> usize {
        let end = |index: usize| self.operations[index].events.1.unwrap_or(u64::MAX);
        let [from, to] = between.map(end);
        self.happenings.iter().filter(|(event, happening)| (from..to).contains(event) && is(happening)).count()
    }

    /// What became of the backend before a call ended: it stalled, was cut off, or came back.
    pub(super) fn outages(&self, until: usize) -> Vec<(u64, Happening)> {
        let end = self.operations[until].events.1.unwrap_or(u64::MAX);
        let is_one = |happening: &Happening| {
            matches!(
                happening,
                Happening::Stalled { .. }
                    | Happening::OpenToNew { .. }
                    | Happening::Cut { .. }
                    | Happening::Healed { .. }
            )
        };
        let before = self.happenings.iter().filter(|(event, happening)| *event < end && is_one(happening));
        before.cloned().collect()
    }
}

pub(super) fn is_put(operation: &Operation) -> bool {
    matches!(operation.call, Call::Put(_))
}

/// The value of a put.
pub(super) fn value(operation: &Operation) -> Option<&[u8]> {
    match &operation.call {
        Call::Put(value) => Some(value),
        Call::Get => None,
    }
}

pub(super) fn has_found(operation: &Operation) -> bool {
    matches!(operation.outcome(), Some(Outcome::Found(_)))
}

pub(super) fn has_missed(operation: &Operation) -> bool {
    !is_put(operation) && operation.outcome().is_some_and(|outcome| outcome.is(Kind::NotFound))
}

/// Whether the timeout of the call has passed, as it seems.
///
/// A call that ended at once did so for another reason, even if its timeout is still shorter.
pub(super) fn has_outlived_its_timeout(operation: &Operation) -> bool {
    const AT_ONCE: Duration = Duration::from_millis(1);
    let (timeout, elapsed) = (operation.options.timeout(), operation.elapsed());
    timeout.zip(elapsed).is_some_and(|(timeout, elapsed)| elapsed >= timeout.max(AT_ONCE))
}
