//! The hint of a report: what may have caused the failure, if it looks like a known mistake.

mod disks;
mod going_back;
mod keys;
mod left_behind;
mod losses;
mod older;
mod refusals;
mod timeouts;
mod values;

#[cfg(test)]
mod tests;

use self::going_back::of_a_handle_that_went_back;
use self::keys::same_key;
use self::left_behind::of_what_was_not_done;
use self::losses::of_a_loss;
use self::refusals::{of_a_miss, of_a_refusal, of_an_error, of_its_options};
use self::timeouts::{is_instead_of_timeout, of_a_hang, of_a_late_end, of_a_timeout, of_an_early_end};
use self::values::{of_a_mixture, of_a_part, of_one_of_many, of_the_values};
use super::evidence::Evidence;
use crate::conformance::history::{Expected, Failure, Happening, Kind, Outcome};
use crate::conformance::linearizability::Violation;

pub(super) fn hint(failure: &Failure, evidence: &Evidence<'_>) -> Option<String> {
    match failure {
        Failure::Unexpected { operation, expected } => {
            disks::of_a_call(evidence, *operation).or_else(|| of_the_call(evidence, *operation, expected))
        }
        Failure::Early { operation, timeout } => Some(of_an_early_end(evidence, *operation, *timeout)),
        Failure::Late { operation, timeout, .. } => Some(of_a_late_end(evidence, *operation, *timeout)),
        Failure::Hung { outlived: Some(_), .. } => Some(
            "a call has to end with Timeout soon after its timeout has passed: does that bound all that the call waits for, or \
             is a thread of the runtime blocked?"
                .to_owned(),
        ),
        Failure::Hung { outlived: None, deadline } => of_a_hang(evidence, *deadline),
        Failure::Stranger { .. } => {
            Some("`from` has to name who had the value, and the factory has to name every such peer".to_owned())
        }
        Failure::NotLinearizable(violation) => Some(of_an_order(evidence, violation)),
        Failure::WentBack(went_back) => Some(of_a_handle_that_went_back(evidence, went_back)),
        Failure::Panicked { .. } | Failure::NotOpened { .. } => disks::of_an_opening(failure, evidence),
        Failure::Needs { .. } | Failure::Passed { .. } => None,
    }
}

fn of_the_call(evidence: &Evidence<'_>, index: usize, expected: &Expected) -> Option<String> {
    let operation = &evidence.operations[index];
    let told = match (expected, operation.outcome()?) {
        (Expected::OrTimeout(_), outcome) if is_instead_of_timeout(operation, outcome) => {
            "a call whose timeout passes ends with Err(Error::Timeout), whatever it was doing"
        }
        (Expected::OrUnavailable(_), outcome) if outcome.is(Kind::NotFound) && is_amid_an_outage(evidence, index) => {
            "that there is no value is an answer of the backend, and the backend could not answer: is an error taken for a \
             miss?"
        }
        (
            Expected::OrMissing(expected)
            | Expected::OrTimeout(expected)
            | Expected::OrBackend(expected)
            | Expected::OrUnavailable(expected),
            _,
        ) => return of_the_call(evidence, index, expected),
        (expected, Outcome::Found(found)) => return of_a_value(evidence, index, expected, &found.val),
        (_, outcome) if outcome.is(Kind::Timeout) => return of_a_timeout(evidence, index),
        (Expected::Value(_) | Expected::AnyValue, outcome) if outcome.is(Kind::NotFound) => {
            return of_a_loss(evidence, index);
        }
        (Expected::OneOf(_), outcome) if outcome.is(Kind::NotFound) => return of_a_gap(evidence, index),
        (Expected::Stored | Expected::Value(_) | Expected::Missing, outcome) => {
            return of_its_options(evidence, index).or_else(|| of_a_failure(evidence, index, expected, outcome));
        }
        (_, outcome) => return of_a_failure(evidence, index, expected, outcome),
    };
    Some(told.to_owned())
}

/// The call failed, and not for its options.
fn of_a_failure(evidence: &Evidence<'_>, index: usize, expected: &Expected, outcome: &Outcome) -> Option<String> {
    let is_refused = outcome.is(Kind::InvalidKey) || outcome.is(Kind::InvalidValue);
    match expected {
        Expected::Stored if is_refused => Some(of_a_refusal(evidence, index)),
        Expected::Missing if outcome.is(Kind::Backend) => of_a_miss(evidence, index),
        _ if outcome.is(Kind::Backend) => of_an_error(evidence, index),
        _ => None,
    }
}

/// A get returned a value, and should not have returned this one.
fn of_a_value(evidence: &Evidence<'_>, index: usize, expected: &Expected, got: &[u8]) -> Option<String> {
    let told = match (evidence.case.path, expected) {
        ("factory::starts_empty" | "factory::worlds_are_independent", Expected::Missing) if !got.is_empty() => {
            "give each call with a new context a place of its own: below Context::dir, in what Context::share makes, or under \
             Context::name on a server that all share"
        }
        ("options::names_like_known_ones", _) => {
            "names are told apart as they are written, and only `timeout` is known to every store; if this store has an option \
             of that name, skip this case with that reason"
        }
        (_, Expected::Value(expected)) => return of_the_values(evidence, index, expected, got),
        (_, Expected::OneOf(_)) => return of_one_of_many(evidence, index, got),
        (_, Expected::Missing) if got.is_empty() => {
            "a key without a value is Err(Error::NotFound); the empty value is a value"
        }
        (_, Expected::Missing) => return same_key(evidence, index).or_else(|| of_a_part(evidence, index, got)),
        _ => return None,
    };
    Some(told.to_owned())
}

/// Whether the backend is away when a call begins, or before it ends.
fn is_amid_an_outage(evidence: &Evidence<'_>, index: usize) -> bool {
    let begun = evidence.operations[index].events.0;
    let is_away = |happening: &Happening| !matches!(happening, Happening::Healed { .. });
    let outages = evidence.outages(index);
    let before = outages.iter().rfind(|(event, _)| *event < begun);
    before.is_some_and(|(_, last)| is_away(last))
        || outages.iter().any(|(event, outage)| *event > begun && is_away(outage))
}

/// Neither the old value is there nor the new one.
fn of_a_gap(evidence: &Evidence<'_>, index: usize) -> Option<String> {
    let put = evidence.last_put(index)?;
    let become_of_it = of_what_was_not_done(&evidence.operations[put]);
    let told = become_of_it.map(|become_of_it| evidence.after(put, become_of_it));
    Some(match told {
        Some(told) => format!("{told}: is the old value removed before the new one is there?"),
        None => "is the old value removed before the new one is there?".to_owned(),
    })
}

/// No order of the calls explains what they returned.
fn of_an_order(evidence: &Evidence<'_>, violation: &Violation) -> String {
    let is_acknowledged = |put: usize| matches!(evidence.operations[put].outcome(), Some(Outcome::Stored));
    let told = match *violation {
        Violation::FromNowhere { read } => return of_nowhere(evidence, read),
        Violation::FromTheFuture { .. } => {
            "a replayed seed uses the same keys and values again: was a backend that outlives the run cleared?"
        }
        Violation::Stale { old, .. } if !is_acknowledged(old.write) => {
            "a put that did not end with Ok may happen at any time, but once: is it tried again?"
        }
        Violation::Lost { seen: newer, .. } | Violation::Stale { newer, .. } if !is_acknowledged(newer.write) => {
            "a put that did not end with Ok may happen or not, but what a get has returned has happened: is it undone?"
        }
        Violation::Lost { .. } => {
            "is the key removed for a moment when it is put, or is a miss remembered for too long?"
        }
        Violation::Stale { .. } => "is there a cache or a copy that puts reach late, or does a put land after its end?",
        Violation::Crossed { .. } => "are there several copies, which the puts reach in different orders?",
    };
    told.to_owned()
}

fn of_nowhere(evidence: &Evidence<'_>, index: usize) -> String {
    let of_a_mixture = || match evidence.operations[index].outcome() {
        Some(Outcome::Found(found)) => of_a_mixture(evidence, index, &found.val),
        _ => None,
    };
    let told = same_key(evidence, index).or_else(of_a_mixture);
    told.unwrap_or_else(|| "is it a part of a value, or was it there before the case began?".to_owned())
}
