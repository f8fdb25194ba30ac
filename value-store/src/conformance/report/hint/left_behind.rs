//! What calls that were not completed may have left behind.

use crate::conformance::history::{Kind, Operation, Outcome};

/// Calls that were dropped or timed out may still hold something that others need.
pub(super) fn of_what_was_given_up(operations: &[Operation]) -> Option<String> {
    let is_dropped = |operation: &&Operation| matches!(operation.outcome(), Some(Outcome::Dropped { .. }));
    let is_timed_out = |operation: &&Operation| operation.outcome().is_some_and(|outcome| outcome.is(Kind::Timeout));
    let (dropped, timed_out) =
        (operations.iter().filter(is_dropped).count(), operations.iter().filter(is_timed_out).count());
    let given_up = match (dropped, timed_out) {
        (0, 0) => return None,
        (0, 1) => "a call timed out before it".to_owned(),
        (0, timed_out) => format!("{timed_out} calls timed out before it"),
        (1, _) => "a call was dropped before it".to_owned(),
        (dropped, _) => format!("{dropped} calls were dropped before it"),
    };
    Some(left_behind(&given_up))
}

/// Calls that failed may still hold something, too.
pub(super) fn of_what_failed(operations: &[Operation]) -> Option<String> {
    let is_failed = |operation: &&Operation| operation.outcome().is_some_and(|outcome| outcome.is(Kind::Backend));
    let failed = operations.iter().filter(is_failed).count();
    (failed > 1).then(|| left_behind(&format!("{failed} calls failed before it")))
}

fn left_behind(by_what: &str) -> String {
    format!("{by_what}: is a lock, a permit, a connection or a transaction kept, or left unusable?")
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
