//! What calls that were not completed may have left behind.

use crate::conformance::history::{Happening, Kind, Operation, Outcome};
use crate::conformance::report::evidence::Evidence;

const KEPT: &str = "is a lock, a permit, a connection or a transaction kept, or left unusable?";

/// Calls that were dropped or timed out may still hold something that others need.
pub(super) fn of_what_was_given_up(evidence: &Evidence<'_>, index: usize) -> Option<String> {
    Some(format!("{}: {KEPT}", given_up(evidence, index)?))
}

/// The calls that were dropped before this one, or else those that timed out.
fn given_up(evidence: &Evidence<'_>, index: usize) -> Option<String> {
    let dropped = evidence.ended_so(index, |outcome| matches!(outcome, Outcome::Dropped { .. }));
    let timed_out = evidence.ended_so(index, |outcome| outcome.is(Kind::Timeout));
    match (dropped.as_slice(), timed_out.as_slice()) {
        ([], []) => None,
        ([], [call]) => Some(evidence.after(*call, "timed out")),
        ([], calls) => Some(format!("{} calls timed out before it", calls.len())),
        ([call], _) => Some(evidence.after(*call, "was dropped")),
        (calls, _) => Some(format!("{} calls were dropped before it", calls.len())),
    }
}

/// The last call that was dropped or timed out before this one.
pub(super) fn last_given_up(evidence: &Evidence<'_>, index: usize) -> Option<usize> {
    let is_given_up = |outcome: &Outcome| matches!(outcome, Outcome::Dropped { .. }) || outcome.is(Kind::Timeout);
    evidence.ended_so(index, is_given_up).pop()
}

/// Calls that failed may still hold something, too.
pub(super) fn of_what_failed(evidence: &Evidence<'_>, index: usize) -> Option<String> {
    let failed = evidence.ended_so(index, |outcome| outcome.is(Kind::Backend)).len();
    (failed > 1).then(|| format!("{failed} calls failed before it: {KEPT}"))
}

/// The backend was cut off before this call failed.
pub(super) fn of_a_cut(evidence: &Evidence<'_>, index: usize) -> Option<String> {
    let outages = evidence.outages(index);
    let is_back = matches!(outages.last(), Some((_, Happening::Healed { .. })));
    let was_cut = outages.iter().any(|(_, outage)| matches!(outage, Happening::Cut { .. }));
    (is_back && was_cut)
        .then(|| "the backend was cut off, and is back: is a connection that broke used again?".to_owned())
}

/// How a put ended, if it ended other than with `Ok`.
pub(super) fn of_what_was_not_done(put: &Operation) -> Option<&'static str> {
    match put.outcome()? {
        Outcome::Dropped { .. } => Some("was dropped"),
        outcome if outcome.is(Kind::Timeout) => Some("timed out"),
        outcome if outcome.is(Kind::InvalidKey) || outcome.is(Kind::InvalidValue) => Some("was refused"),
        Outcome::Failed(_) => Some("failed"),
        Outcome::Panicked { .. } => Some("panicked"),
        Outcome::Stored | Outcome::Superseded(_) | Outcome::Found(_) => None,
    }
}
