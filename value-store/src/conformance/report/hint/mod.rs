//! The hint of a report: what may have caused the failure, if it looks like a known mistake.

mod keys;
mod left_behind;
mod losses;
mod values;

use self::keys::same_key;
use self::left_behind::{of_what_failed, of_what_was_given_up};
use self::losses::of_a_loss;
use self::values::{of_a_mixture, of_one_of_many, of_the_values};
use super::operations::{call, found_in};
use crate::conformance::history::{Call, Expected, Failure, Kind, Operation, Outcome};
use crate::conformance::linearizability::Violation;
use crate::conformance::suite::Case;

/// `is_smallest` says that the operations are the smallest run that fails.
pub(super) fn hint(failure: &Failure, case: &Case, operations: &[Operation], is_smallest: bool) -> Option<String> {
    match failure {
        Failure::Unexpected { operation, expected } => {
            let found_elsewhere = found_in(operations, *operation).is_some();
            let of_the_case = found_elsewhere.then(|| of_the_case(case, expected)).flatten();
            of_the_case.map(str::to_owned).or_else(|| of_the_call(operations, *operation, expected, case, is_smallest))
        }
        Failure::Early { .. } => Some("is the timeout rounded down on its way, or cut to a coarser unit?".to_owned()),
        Failure::Late { .. } => {
            Some("the timeout has to bound the whole call, and once: retries and phases share it".to_owned())
        }
        Failure::Hung { .. } if case.path == "faults::cut_without_timeout_ends" => {
            Some("the backend was cut off, and is back: does the call wait for an answer that is lost?".to_owned())
        }
        Failure::Hung { outlived: Some(_), .. } => Some(
            "a call has to end with Timeout soon after its timeout has passed: does that bound all that the call waits for, or \
             is a thread of the runtime blocked?"
                .to_owned(),
        ),
        Failure::Hung { outlived: None, .. } => Some(of_a_hang(operations)),
        Failure::Stranger { .. } => {
            Some("`from` names who had the value; name every such peer in the factory".to_owned())
        }
        Failure::NotLinearizable(violation) => Some(of_an_order(operations, violation)),
        Failure::Panicked { .. } | Failure::NotOpened { .. } | Failure::Needs { .. } | Failure::Passed { .. } => None,
    }
}

fn of_a_hang(operations: &[Operation]) -> String {
    let pending = operations.iter().filter(|operation| operation.ended.is_none()).count();
    if pending > 1 {
        return "calls ran at the same time: do they wait for each other? If the store is only slow, give the attribute a \
                longer `deadline`"
            .to_owned();
    }
    of_what_was_given_up(operations)
        .unwrap_or_else(|| "if the store is only slow, give the attribute a longer `deadline`".to_owned())
}

/// A call failed that ran at the same time as another.
fn of_a_crowd(operations: &[Operation], index: usize) -> Option<String> {
    let beside = operations.iter().position(|other| other.runs_beside(&operations[index]))?;
    Some(format!("{} ran at the same time: does one of the two fail because of the other?", call(operations, beside)))
}

fn of_the_case(case: &Case, expected: &Expected) -> Option<&'static str> {
    match (case.path, expected) {
        ("factory::starts_empty" | "factory::worlds_are_independent", Expected::Missing) => Some(
            "give each call with a new context a place of its own: below Context::dir, in what Context::share makes, or under \
             Context::name on a server that all share",
        ),
        ("options::names_like_known_ones", _) => Some(
            "names are told apart as they are written, and only `timeout` is known to every store; if this store has an \
             option of that name, skip this case with that reason",
        ),
        _ => None,
    }
}

fn of_the_call(
    operations: &[Operation],
    index: usize,
    expected: &Expected,
    case: &Case,
    is_smallest: bool,
) -> Option<String> {
    let operation = &operations[index];
    let told = match (expected, operation.outcome()?) {
        (Expected::OrTimeout(_), outcome) if outcome.is(Kind::NotFound) || outcome.is(Kind::Backend) => {
            "a call whose timeout passes ends with Err(Error::Timeout), whatever it was doing"
        }
        (Expected::OrUnavailable(_), outcome) if outcome.is(Kind::NotFound) => {
            "that there is no value is an answer of the backend, and the backend could not answer: is an error taken for a \
             miss?"
        }
        (Expected::OrMissing(expected) | Expected::OrTimeout(expected) | Expected::OrUnavailable(expected), _) => {
            return of_the_call(operations, index, expected, case, is_smallest);
        }
        (Expected::Value(expected), Outcome::Found(found)) => {
            return of_the_values(operations, index, expected, &found.val, case);
        }
        (Expected::OneOf(_), Outcome::Found(found)) => return of_one_of_many(operations, index, &found.val),
        (Expected::Missing, Outcome::Found(found)) if found.val.is_empty() => {
            "a key without a value is Err(Error::NotFound); the empty value is a value"
        }
        (Expected::Missing, Outcome::Found(_)) => return same_key(operations, index),
        (_, outcome @ Outcome::Failed(_)) if outcome.is(Kind::Timeout) => return of_a_timeout(operations, index),
        (Expected::Value(_) | Expected::AnyValue, outcome) if outcome.is(Kind::NotFound) => {
            return of_a_loss(operations, index, case, is_smallest);
        }
        (Expected::Missing, outcome)
            if outcome.is(Kind::Backend) && of_what_was_given_up(&operations[..index]).is_none() =>
        {
            "a key without a value is Err(Error::NotFound), and no other error"
        }
        (Expected::Stored, outcome) if outcome.is(Kind::InvalidKey) || outcome.is(Kind::InvalidValue) => {
            of_a_refusal(operations, index, case)
        }
        (Expected::OneOf(_), outcome) if outcome.is(Kind::NotFound) => {
            "the old value is gone, and the new one is not there: replace the one with the other in one step"
        }
        (Expected::Stored | Expected::Value(_), Outcome::Failed(_)) if operation.options.iter().next().is_some() => {
            "the call has an option that the store does not know; it has to be ignored, not refused"
        }
        (_, outcome) if outcome.is(Kind::Backend) => {
            return of_what_was_given_up(&operations[..index]).or_else(|| of_a_crowd(operations, index));
        }
        _ => return None,
    };
    Some(told.to_owned())
}

/// A put was refused for its key or its value.
fn of_a_refusal(operations: &[Operation], index: usize, case: &Case) -> &'static str {
    let refused = &operations[index];
    let is_key = refused.outcome().is_some_and(|outcome| outcome.is(Kind::InvalidKey));
    let length = |put: &Operation| match &put.call {
        Call::Put(value) if !is_key => value.len(),
        _ => put.key.len(),
    };
    let is_as_long = |put: &Operation| length(put) >= length(refused) && matches!(put.outcome(), Some(Outcome::Stored));
    match is_key {
        _ if case.family == "limits" => "what is as long as the declared limit says, in bytes, has to be taken",
        _ if case.family == "records" => {
            "what is refused is a record that is not valid, or older than the one that the key has: the same again is neither"
        }
        true if refused.key.is_empty() => "the empty key is a key like any other",
        true if operations[..index].iter().any(is_as_long) => {
            "as long a key was taken before: a key may be any bytes, and only its length may be limited (max_key_len)"
        }
        false if operations[..index].iter().any(is_as_long) => {
            "as long a value was taken before: a value may be any bytes, and only its length may be limited (max_value_len)"
        }
        true => "if the length is the reason, declare the limit in the attribute, with max_key_len",
        false => "if the length is the reason, declare the limit in the attribute, with max_value_len",
    }
}

fn of_a_timeout(operations: &[Operation], index: usize) -> Option<String> {
    let (before, operation) = (&operations[..index], &operations[index]);
    let took = operation.ended.as_ref().map(|(end, _)| end.duration_since(operation.begun));
    let told = match operation.options.timeout() {
        Some(timeout) if took.is_some_and(|took| took >= timeout) => {
            return of_what_failed(before).or_else(|| of_what_was_given_up(before));
        }
        Some(_) => "the timeout had not passed: does it overflow on its way, or was another call's used?",
        None if operation.options.iter().next().is_some() => {
            "the call has no timeout: was an option that only looks like one taken for it?"
        }
        None => "the call has no timeout: was that of an earlier call kept, or one beside it?",
    };
    Some(told.to_owned())
}

/// No order of the calls explains what they returned.
fn of_an_order(operations: &[Operation], violation: &Violation) -> String {
    let is_acknowledged = |put: usize| matches!(operations[put].outcome(), Some(Outcome::Stored));
    let told = match *violation {
        Violation::FromNowhere { read } => return of_nowhere(operations, read),
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

fn of_nowhere(operations: &[Operation], index: usize) -> String {
    let of_a_mixture = || match operations[index].outcome() {
        Some(Outcome::Found(found)) => of_a_mixture(operations, index, &found.val),
        _ => None,
    };
    let told = same_key(operations, index).or_else(of_a_mixture);
    told.unwrap_or_else(|| "is it a part of a value, or was it there before the case began?".to_owned())
}
