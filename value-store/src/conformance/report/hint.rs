//! What a failure looks like the work of, where it is known.

use std::time::Duration;

use super::bytes;
use super::operations::{duration, found_in};
use crate::conformance::failure::{Expected, Failure};
use crate::conformance::history::{Call, Kind, Operation, Outcome};
use crate::conformance::linearizability::Violation;
use crate::conformance::suite::Case;

pub(super) fn hint(failure: &Failure, case: &Case, operations: &[Operation]) -> Option<String> {
    match failure {
        Failure::Unexpected { operation, expected } => {
            let found_elsewhere = found_in(operations, *operation).is_some();
            let of_the_case = found_elsewhere.then(|| of_the_case(case, expected)).flatten();
            of_the_case.map(str::to_owned).or_else(|| of_the_call(operations, *operation, expected))
        }
        Failure::Early { .. } => Some("is the timeout rounded down on its way, or cut to a coarser unit?".to_owned()),
        Failure::Late { .. } => {
            Some("the timeout has to bound the whole call, and once: retries and phases share it".to_owned())
        }
        Failure::Hung { deadline } => Some(of_a_hang(operations, *deadline)),
        Failure::Stranger { .. } => {
            Some("`from` names who had the value; name every such peer in the factory".to_owned())
        }
        Failure::NotLinearizable(violation) => Some(of_an_order(operations, violation)),
        Failure::Panicked { .. } | Failure::NotOpened { .. } | Failure::Needs { .. } | Failure::Passed { .. } => None,
    }
}

fn of_a_hang(operations: &[Operation], deadline: Duration) -> String {
    let mut pending = operations.iter().rev().filter(|operation| operation.ended.is_none());
    match pending.next().and_then(|operation| operation.options.timeout()) {
        Some(timeout) if timeout < deadline => {
            format!("it has a timeout of {}, and has to end with Timeout when that has passed", duration(timeout))
        }
        _ if pending.next().is_some() => {
            "calls ran at the same time: do they wait for each other? If the store is only slow, give the attribute a \
             longer `deadline`"
                .to_owned()
        }
        _ => of_what_was_given_up(operations)
            .unwrap_or_else(|| "if the store is only slow, give the attribute a longer `deadline`".to_owned()),
    }
}

/// Calls that were dropped or timed out may still hold what others need.
fn of_what_was_given_up(operations: &[Operation]) -> Option<String> {
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
    Some(format!("{given_up}: is a lock, a permit or a connection kept, or left unusable?"))
}

fn of_the_case(case: &Case, expected: &Expected) -> Option<&'static str> {
    match (case.path, expected) {
        ("factory::starts_empty" | "factory::worlds_are_independent", Expected::Missing) => Some(
            "give each call with a new context a place of its own (Context::dir, Context::share); if all of them share one \
             backend on purpose, skip this case with that reason",
        ),
        ("options::names_like_known_ones", _) => Some(
            "names are told apart as they are written, and only `timeout` is known to every store; if this store has an \
             option of that name, skip this case with that reason",
        ),
        _ => None,
    }
}

fn of_the_call(operations: &[Operation], index: usize, expected: &Expected) -> Option<String> {
    let operation = &operations[index];
    match (expected, operation.outcome()?) {
        (Expected::OrUnavailable(_), outcome) if outcome.is(Kind::NotFound) => Some(
            "that there is no value is an answer of the backend, and the backend could not answer: is an error taken for \
             a miss?"
                .to_owned(),
        ),
        (
            Expected::OrMissing(expected) | Expected::OrTimeout(expected) | Expected::OrUnavailable(expected),
            _,
        ) => of_the_call(operations, index, expected),
        (Expected::Value(expected), Outcome::Found(found)) => of_the_values(operations, index, expected, &found.val),
        (Expected::OneOf(_), Outcome::Found(found)) => of_one_of_many(operations, index, &found.val),
        (Expected::Missing, Outcome::Found(found)) if found.val.is_empty() => {
            Some("a key without a value is Err(Error::NotFound); the empty value is a value".to_owned())
        }
        (Expected::Missing, Outcome::Found(_)) => same_key(operations, index),
        (_, outcome @ Outcome::Failed(_)) if outcome.is(Kind::Timeout) => Some(of_a_timeout(operation).to_owned()),
        (Expected::Value(_), outcome) if outcome.is(Kind::NotFound) => of_a_loss(operations, index),
        (Expected::Stored, outcome) if outcome.is(Kind::InvalidKey) => {
            Some("if that is a limit of the store, declare it in the attribute, with max_key_len".to_owned())
        }
        (Expected::OneOf(_), outcome) if outcome.is(Kind::NotFound) => Some(
            "the old value is gone, and the new one is not there: replace the one with the other in one step"
                .to_owned(),
        ),
        (Expected::Stored | Expected::Value(_), Outcome::Failed(_)) if operation.options.iter().next().is_some() => {
            Some("the call has an option that the store does not know; it has to be ignored, not refused".to_owned())
        }
        (_, outcome) if outcome.is(Kind::Backend) => of_what_was_given_up(&operations[..index]),
        _ => None,
    }
}

fn of_a_timeout(operation: &Operation) -> &'static str {
    match operation.options.timeout() {
        Some(_) => "the timeout had not passed: does it overflow on its way, or was another call's used?",
        None if operation.options.iter().next().is_some() => {
            "the call has no timeout: was an option that only looks like one taken for it?"
        }
        None => "the call has no timeout: was that of an earlier call kept, or one beside it?",
    }
}

fn of_a_loss(operations: &[Operation], index: usize) -> Option<String> {
    let key = &operations[index].key;
    let is_text = |operation: &Operation| std::str::from_utf8(&operation.key).is_ok();
    let found_another = |other: &Operation| !is_text(other) && matches!(other.outcome(), Some(Outcome::Found(_)));
    if !is_text(&operations[index]) && !operations[..index].iter().any(found_another) {
        return Some("the key is not UTF-8: is it made into text on its way?".to_owned());
    }
    if key.is_empty() {
        return Some("the key is the empty key, which is a key like any other".to_owned());
    }
    let put = operations[..index].iter().rposition(|put| put.key == *key && matches!(put.call, Call::Put(_)))?;
    let of_the_key = of_the_key(operations, put, index);
    if of_the_key.is_some() {
        return of_the_key;
    }
    let between = operations[put + 1..index].iter().filter(|other| matches!(other.call, Call::Put(_))).count();
    if between > 0
        && let Some(others) = only_loss_among(operations)
    {
        return Some(format!(
            "the {others} other values that were read are there: is it something about this key, or about its value?"
        ));
    }
    match between {
        0 => Some("it came right after the put: does put return before the value can be read?".to_owned()),
        1 => Some("one put to another key came between: did it take the place of this one?".to_owned()),
        count => Some(format!("{count} puts to other keys came between: did they push this one out?")),
    }
}

/// What the other calls of a key say of the loss of what was put to it.
fn of_the_key(operations: &[Operation], put: usize, index: usize) -> Option<String> {
    let (written, sought) = (&operations[put], &operations[index]);
    let is_get = |get: &Operation| get.key == sought.key && matches!(get.call, Call::Get);
    let has_found = |get: &Operation| is_get(get) && matches!(get.outcome(), Some(Outcome::Found(_)));
    let has_missed = |get: &Operation| is_get(get) && get.outcome().is_some_and(|outcome| outcome.is(Kind::NotFound));
    let is_dropped = |get: &Operation| is_get(get) && matches!(get.outcome(), Some(Outcome::Dropped { .. }));
    let between = &operations[put + 1..index];
    if written.handle != sought.handle {
        Some("it was put through another handle: does put return before others can find the value?".to_owned())
    } else if matches!(&written.call, Call::Put(value) if value.is_empty()) {
        Some("the value is empty: is that taken for the absence of one?".to_owned())
    } else if let Some(get) = between.iter().rposition(is_dropped) {
        Some(format!("get {} was dropped in between: did it take the value with it?", put + get + 2))
    } else if let Some(get) = between.iter().rposition(has_found) {
        Some(format!("get {} still found it: is it used up, pushed out, or out of sight for a while?", put + get + 2))
    } else {
        let get = operations[..put].iter().rposition(has_missed)?;
        Some(format!("get {} came before the put and missed: is the miss remembered?", get + 1))
    }
}

/// How many other gets found a value, where they are a few and one alone found none.
fn only_loss_among(operations: &[Operation]) -> Option<usize> {
    const A_FEW: usize = 4;
    let put = |get: &Operation| operations.iter().any(|put| put.key == get.key && matches!(put.call, Call::Put(_)));
    let gets = || operations.iter().filter(|operation| matches!(operation.call, Call::Get));
    let found = gets().filter(|get| matches!(get.outcome(), Some(Outcome::Found(_)))).count();
    let is_lost = |get: &&Operation| get.outcome().is_some_and(|outcome| outcome.is(Kind::NotFound)) && put(get);
    // A key may well be missing before it is put: what counts is the gets at the end.
    let last_put = operations.iter().rposition(|operation| matches!(operation.call, Call::Put(_)))?;
    let late = operations[last_put..].iter().filter(|operation| matches!(operation.call, Call::Get));
    (found >= A_FEW && late.filter(is_lost).count() == 1).then_some(found)
}

fn of_one_of_many(operations: &[Operation], index: usize, got: &[u8]) -> Option<String> {
    if let Some(source) = found_in(operations, index) {
        let is_older = operations[source].key == operations[index].key;
        let older = is_older.then(|| format!("it is the value of put {}, which was replaced since", source + 1));
        return older.or_else(|| same_key(operations, index));
    }
    of_a_mixture(operations, index, got)
}

/// There is no order of the calls that explains them.
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

/// The value is none that was put, and may be made of two of them.
fn of_a_mixture(operations: &[Operation], index: usize, got: &[u8]) -> Option<String> {
    // So many random bytes agree by accident once in 2^64 times.
    const ENOUGH: usize = 8;
    let (head, tail) = (got.get(..ENOUGH)?, got.get(got.len() - ENOUGH..)?);
    let begins_so = |put: &Operation| {
        put.key == operations[index].key && matches!(&put.call, Call::Put(value) if value.starts_with(got))
    };
    if let Some(put) = operations[..index].iter().rposition(begins_so) {
        return Some(format!("it is the beginning of the value of put {}, which was not written in one step", put + 1));
    }
    let put = |has: &dyn Fn(&[u8]) -> bool| {
        let is_put =
            |put: &Operation| put.key == operations[index].key && matches!(&put.call, Call::Put(value) if has(value));
        operations.iter().position(is_put)
    };
    let (first, last) = (put(&|value| value.starts_with(head))? + 1, put(&|value| value.ends_with(tail))? + 1);
    Some(if first == last {
        format!("it begins and ends as the value of put {first}, with something else between")
    } else {
        format!("it begins as the value of put {first}, and ends as that of put {last}: the two are mixed")
    })
}

fn of_the_values(operations: &[Operation], index: usize, expected: &[u8], got: &[u8]) -> Option<String> {
    if let Some(source) = found_in(operations, index) {
        let is_older = operations[source].key == operations[index].key;
        if is_older {
            return Some(format!("it is the older value, of put {}", source + 1));
        }
    }
    of_a_changed_value(operations, index, expected, got).or_else(|| same_key(operations, index))
}

/// What a store did to a value that it took and gave back, where that can be seen.
fn of_a_changed_value(operations: &[Operation], index: usize, expected: &[u8], got: &[u8]) -> Option<String> {
    let text = |bytes| String::from_utf8_lossy(bytes).into_owned();
    let told = if got.is_empty() {
        "the value is empty now"
    } else if got == expected.to_ascii_lowercase() || got == expected.to_ascii_uppercase() {
        "the letters of the value changed their case"
    } else if got == expected.trim_ascii() || text(got) == text(expected).trim() {
        "the white space at the ends of the value is gone"
    } else if std::str::from_utf8(expected).is_err() && got == text(expected).as_bytes() {
        "the value was made into text: what is no UTF-8 was replaced"
    } else if got == text(expected).replace("\r\n", "\n").as_bytes() {
        "the line ends of the value were changed"
    } else if let Some(rest) = expected.strip_prefix(got) {
        return Some(cut(rest, got.len()));
    } else if got.starts_with(expected) {
        return Some(tail(operations, index, got));
    } else if got.ends_with(expected) {
        "the value is whole, with something before it"
    } else {
        return None;
    };
    Some(told.to_owned())
}

fn cut(rest: &[u8], length: usize) -> String {
    match rest.first() {
        Some(0) => "the value was cut at its first NUL".to_owned(),
        Some(b'\n' | b'\r') => "the value was cut at its first line end".to_owned(),
        _ => format!("the value was cut after {length} bytes"),
    }
}

fn tail(operations: &[Operation], index: usize, got: &[u8]) -> String {
    let has_tail = |operation: &Operation| {
        operation.key == operations[index].key
            && matches!(&operation.call, Call::Put(value) if value.len() == got.len())
    };
    if operations[..index].iter().any(has_tail) {
        "the tail of the longer old value is still there".to_owned()
    } else {
        "the value is whole, with something after it".to_owned()
    }
}

/// The value is one that was put under another key.
fn same_key(operations: &[Operation], index: usize) -> Option<String> {
    let source = found_in(operations, index)?;
    let (one, other) = (&operations[source].key, &operations[index].key);
    if one == other {
        return None;
    }
    let (text_of_one, text_of_other) = (String::from_utf8_lossy(one), String::from_utf8_lossy(other));
    let told = if one.eq_ignore_ascii_case(other) {
        "letter case is folded"
    } else if text_of_one == text_of_other {
        "bytes that are no UTF-8 are replaced by text"
    } else if text_of_one.trim() == text_of_other.trim() {
        "white space is trimmed"
    } else if cut_at_nul(one) == cut_at_nul(other) {
        "the key is cut at its first NUL"
    } else if one.starts_with(other) || other.starts_with(one) {
        "one is a prefix of the other"
    } else if is_number(&text_of_one) && is_number(&text_of_other) {
        "they look like numbers"
    } else if steps(&text_of_one) == steps(&text_of_other) {
        "slashes and dots are taken for a path"
    } else if sorted(one) == sorted(other) {
        "they have the same bytes in another order"
    } else if one.len() == other.len() && one.iter().zip(&other[..]).filter(|(one, other)| one != other).count() == 1 {
        "they differ in one byte"
    } else {
        "they have something in common, their hash perhaps, that is not the key"
    };
    Some(format!("{} and {} are taken for the same key: {told}", bytes::key(one), bytes::key(other)))
}

fn is_number(text: &str) -> bool {
    text.trim_start_matches("0x").bytes().all(|byte| byte.is_ascii_hexdigit() || b"+-. ".contains(&byte))
        && text.bytes().any(|byte| byte.is_ascii_digit())
}

/// The parts of a path, the empty ones and the dots left out, however they are separated.
fn steps(path: &str) -> Vec<&str> {
    path.split(['/', '\\']).filter(|step| !matches!(*step, "" | "." | "..")).collect()
}

fn sorted(key: &[u8]) -> Vec<u8> {
    let mut key = key.to_vec();
    key.sort_unstable();
    key
}

fn cut_at_nul(key: &[u8]) -> &[u8] {
    key.split(|byte| *byte == 0).next().unwrap_or_default()
}
