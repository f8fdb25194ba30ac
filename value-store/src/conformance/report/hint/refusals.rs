//! Why a call failed that should not have.

use super::left_behind::{of_a_cut, of_what_failed, of_what_was_given_up};
use crate::conformance::history::{Happening, Kind, Operation, Outcome};
use crate::conformance::report::evidence::{Evidence, is_put, value};
use crate::conformance::report::operations::call;
use crate::conformance::script;

/// The call has options, and failed. In the smallest run it has only those without which it does not fail.
pub(super) fn of_its_options(evidence: &Evidence<'_>, index: usize) -> Option<String> {
    let options = &evidence.operations[index].options;
    let told = match (options.iter().next().is_some(), evidence.needs_all()) {
        (true, _) if evidence.case.path == "options::names_known_elsewhere" => {
            "an option that the store does not know has to be ignored, not refused; if this store has an option of that name, \
             skip this case with that reason"
        }
        (true, true) => "the call has an option that the store does not know; it has to be ignored, not refused",
        (true, false) => "is the call refused for its option? One that the store does not know has to be ignored",
        (false, true) if options.timeout().is_some() => {
            "the call does not fail without its timeout: a timeout of any length has to be taken"
        }
        (false, _) => return None,
    };
    Some(told.to_owned())
}

/// How many bytes a key or a value may have that nobody takes for long.
const SHORT: usize = 64;

/// A put was refused for its key or its value.
pub(super) fn of_a_refusal(evidence: &Evidence<'_>, index: usize) -> String {
    let refused = &evidence.operations[index];
    let is_key = refused.outcome().is_some_and(|outcome| outcome.is(Kind::InvalidKey));
    let (what, limit, declared, length) = if is_key {
        ("key", "max_key_len", evidence.settings.max_key_len, refused.key.len())
    } else {
        let length = value(refused).map_or(0, <[u8]>::len);
        ("value", "max_value_len", evidence.settings.max_value_len, length)
    };
    let length_of = |put: &Operation| if is_key { Some(put.key.len()) } else { value(put).map(<[u8]>::len) };
    let is_as_long = |put: &Operation| {
        length_of(put).is_some_and(|taken| taken >= length) && matches!(put.outcome(), Some(Outcome::Stored))
    };
    let is_plain = !is_key && value(refused).is_some_and(script::is_plain);
    match declared {
        _ if evidence.case.family == "records" => {
            "what is refused is a record that is not valid, or older than the one that the key has: the same again is neither"
                .to_owned()
        }
        _ if is_key && length == 0 => "the empty key is a key like any other".to_owned(),
        _ if evidence.operations[..index].iter().any(is_as_long) => {
            format!("as long a {what} was taken before: a {what} may be any bytes, and only its length may be limited ({limit})")
        }
        Some(declared) if length == declared || (SHORT..declared).contains(&length) => {
            format!("{limit} is {declared}: what is as long as that, in bytes, has to be taken")
        }
        _ if is_plain => format!("so short and plain a {what} has to be taken"),
        _ if length <= SHORT => {
            format!("is the {what} refused for what it contains? It may be any bytes, and only its length may be limited ({limit})")
        }
        _ if !is_key && evidence.needs_all() => {
            format!("the first {} B of it are taken: if the length is the reason, declare {limit}", length - 1)
        }
        _ => format!("is the {what} too long for the store? Then declare its limit, {limit}"),
    }
}

/// A get of a key without a value ended with an error of the backend.
pub(super) fn of_a_miss(evidence: &Evidence<'_>, index: usize) -> Option<String> {
    if let Some(told) = of_what_came_before(evidence, index) {
        return Some(told);
    }
    let has_missed = !evidence.ended_so(index, |outcome| outcome.is(Kind::NotFound)).is_empty();
    let rule = "a key without a value is Err(Error::NotFound), and no other error";
    (!has_missed).then(|| rule.to_owned()).or_else(|| of_a_count(evidence, index))
}

/// A call ended with an error of the backend.
pub(super) fn of_an_error(evidence: &Evidence<'_>, index: usize) -> Option<String> {
    of_what_came_before(evidence, index)
        .or_else(|| of_what_failed(evidence, index))
        .or_else(|| of_a_crowd(evidence, index))
        .or_else(|| of_a_count(evidence, index))
        .or_else(|| of_the_old_value(evidence, index))
        .or_else(|| of_a_restart(evidence, index))
        .or_else(|| of_another_task(evidence, index))
}

/// An outage, or calls that were given up, may have left something behind.
fn of_what_came_before(evidence: &Evidence<'_>, index: usize) -> Option<String> {
    of_a_cut(evidence, index).or_else(|| of_what_was_given_up(evidence, index))
}

/// A call failed that ran at the same time as another.
fn of_a_crowd(evidence: &Evidence<'_>, index: usize) -> Option<String> {
    let calls = evidence.operations;
    let beside = calls.iter().position(|other| other.runs_beside(&calls[index]))?;
    Some(format!("{}: does one of the two fail because of the other?", evidence.beside(beside, index)))
}

/// The put fails only since the key has a value.
fn of_the_old_value(evidence: &Evidence<'_>, index: usize) -> Option<String> {
    let calls = evidence.operations;
    let is_stored = |put: &usize| matches!(calls[*put].outcome(), Some(Outcome::Stored));
    let put = evidence.last_put(index).filter(is_stored).filter(|_| is_put(&calls[index]) && evidence.needs_all())?;
    let old = call(calls, put);
    Some(if value(&calls[put]) == value(&calls[index]) {
        format!("it fails only after {old}, which stored the same value: the same again has to be taken, too")
    } else {
        format!("it fails only after {old}: a put replaces the old value, whatever the two are like")
    })
}

/// The call fails only since the store was opened again.
fn of_a_restart(evidence: &Evidence<'_>, index: usize) -> Option<String> {
    let begun = evidence.operations[index].events.0;
    let is_restart = |(event, happening): &(u64, Happening)| {
        *event < begun && matches!(happening, Happening::Restarted { .. } | Happening::Killed { .. })
    };
    let told =
        "it fails only when the store was opened again: is it opened for reading alone, or is a lock left of before?";
    (evidence.needs_all() && evidence.happenings.iter().any(is_restart)).then(|| told.to_owned())
}

/// All calls before this one ended as they should, so their number may be the reason.
fn of_a_count(evidence: &Evidence<'_>, index: usize) -> Option<String> {
    let enough = if evidence.needs_all() { 4 } else { 100 };
    (index >= enough)
        .then(|| format!("the {index} calls before it ended as they should: is something counted, or used up?"))
}

/// The call is the first of its task.
fn of_another_task(evidence: &Evidence<'_>, index: usize) -> Option<String> {
    let task = evidence.operations[index].task;
    let is_first = index > 0 && evidence.operations[..index].iter().all(|other| other.task != task);
    is_first
        .then(|| "it is the first call of another task, or on another thread: is the store bound to one?".to_owned())
}
