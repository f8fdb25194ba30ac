//! Why a get found nothing where there should be a value.

use std::time::Duration;

use super::left_behind::{of_what_was_given_up, of_what_was_not_done};
use crate::conformance::history::{Call, Kind, Operation, Outcome};
use crate::conformance::report::operations::duration;
use crate::conformance::script;
use crate::conformance::session::prefix;
use crate::conformance::suite::Case;

/// If this much time passes between a put and a get, the value may have expired.
const LONG: Duration = Duration::from_millis(500);

/// Why a get found nothing. In the smallest run that fails, everything is as plain as it can be: what is still odd is needed.
pub(super) fn of_a_loss(operations: &[Operation], index: usize, case: &Case, is_smallest: bool) -> Option<String> {
    let key = &operations[index].key;
    let is_text = |operation: &Operation| std::str::from_utf8(&operation.key).is_ok();
    let found_another = |other: &Operation| !is_text(other) && has_found(other);
    if !is_text(&operations[index]) && !operations[..index].iter().any(found_another) {
        return Some("the key is not UTF-8: is it made into text on its way?".to_owned());
    }
    if key.is_empty() {
        return Some("the key is the empty key, which is a key like any other".to_owned());
    }
    let put = operations[..index].iter().rposition(|put| put.key == *key && is_put(put))?;
    if let Some(told) = of_what_is_odd(&operations[put], case).filter(|_| is_smallest) {
        return Some(told);
    }
    let of_the_key = of_the_put(operations, put, index, case).or_else(|| of_the_gets(operations, put, index));
    Some(of_the_key.unwrap_or_else(|| of_the_others(operations, put, index, case)))
}

/// The key or the value of the put, if one of them is not plain.
fn of_what_is_odd(put: &Operation, case: &Case) -> Option<String> {
    let is_plain = |bytes: &[u8]| bytes.len() <= 24 && bytes.iter().all(u8::is_ascii_alphanumeric);
    if prefix::split(&put.key).is_none() || !is_plain(&put.key) {
        return Some(format!("with a fresh key of a few letters and digits it is there: {}", about(case)));
    }
    let is_odd = matches!(&put.call, Call::Put(value) if !value.is_empty() && !script::is_plain(value));
    is_odd.then(|| format!("with another value it is there: {}", about(case)))
}

/// What the put, and the differences between it and the get, say about the loss.
fn of_the_put(operations: &[Operation], put: usize, index: usize, case: &Case) -> Option<String> {
    let (written, sought) = (&operations[put], &operations[index]);
    if let Some(not_done) = of_what_was_not_done(written) {
        return Some(format!("put {} {not_done}: did it take the old value with it?", put + 1));
    }
    if matches!(&written.call, Call::Put(value) if value.is_empty()) {
        return Some("the value is empty: is that taken for the absence of one?".to_owned());
    }
    if written.handle != sought.handle {
        return of_another_handle(operations, put, case);
    }
    if !written.options.iter().eq(sought.options.iter()) {
        let numbers = (put + 1, index + 1);
        return Some(format!(
            "put {} and get {} have different options: do those decide where a value is kept?",
            numbers.0, numbers.1
        ));
    }
    None
}

fn of_another_handle(operations: &[Operation], put: usize, case: &Case) -> Option<String> {
    if !case.needs.contains(&"durable") {
        return Some("it was put through another handle: does put return before others can find the value?".to_owned());
    }
    let handle = operations[put].handle;
    let is_later = |other: &Operation| other.handle == handle && is_put(other);
    if operations[put + 1..].iter().any(is_later) {
        return None;
    }
    Some("it was the last put before the store was opened again: was it written when put returned?".to_owned())
}

/// What the gets of the key say about the loss.
fn of_the_gets(operations: &[Operation], put: usize, index: usize) -> Option<String> {
    let (written, sought) = (&operations[put], &operations[index]);
    let is_get = |get: &Operation| get.key == sought.key && matches!(get.call, Call::Get);
    let is_dropped = |get: &Operation| is_get(get) && matches!(get.outcome(), Some(Outcome::Dropped { .. }));
    let between = &operations[put + 1..index];
    if let Some(get) = between.iter().rposition(is_dropped) {
        return Some(format!("get {} was dropped in between: did it take the value with it?", put + get + 2));
    }
    if let Some(get) = between.iter().rposition(|get| is_get(get) && has_found(get)) {
        return Some(format!(
            "get {} still found it: is it used up, pushed out, or out of sight for a while?",
            put + get + 2
        ));
    }
    let since = written.ended.as_ref().map(|(end, _)| sought.begun.duration_since(*end));
    if let Some(since) = since.filter(|since| *since >= LONG && !between.iter().any(is_put)) {
        return Some(format!("{} passed since it was put: do values expire?", duration(since)));
    }
    let given_up = of_what_was_given_up(&operations[..index]);
    if given_up.is_some() {
        return given_up;
    }
    let get = operations[..put].iter().rposition(|get| is_get(get) && has_missed(get))?;
    let is_common =
        operations[..index].iter().enumerate().any(|(at, other)| was_missed_and_found(operations, at, other));
    (!is_common).then(|| format!("get {} came before the put and missed: is the miss remembered?", get + 1))
}

/// Whether the get found a value, and an earlier get had missed the key before it was put.
fn was_missed_and_found(operations: &[Operation], at: usize, get: &Operation) -> bool {
    let put = operations[..at].iter().rposition(|put| put.key == get.key && is_put(put));
    let missed = |put| operations[..put].iter().any(|miss: &Operation| miss.key == get.key && has_missed(miss));
    has_found(get) && put.is_some_and(missed)
}

/// What the calls on other keys say about the loss.
fn of_the_others(operations: &[Operation], put: usize, index: usize, case: &Case) -> String {
    let between = operations[put + 1..index].iter().filter(|other| is_put(other)).count();
    let others = only_loss_among(operations).filter(|_| between > 0);
    match (operations[index].handle.abs_diff(operations[put].handle), others, between) {
        (0 | 1, Some(others), _) => format!("the {others} other values that were read are there: {}", about(case)),
        (1, ..) => "the store was opened again in between: is all that was written read again?".to_owned(),
        (2.., ..) => "the store was opened again, and again: is all that was read kept?".to_owned(),
        _ if let Some(beside) = put_beside(operations, put) => {
            format!("put {} and put {} ran at the same time: does one undo the other?", put + 1, beside + 1)
        }
        _ if finds_older(operations, put) => format!("values that were put before it are there: {}", about(case)),
        (_, _, 0) => "it came right after the put: does put return before the value can be read?".to_owned(),
        (_, _, 1) => "one put to another key came between: did it take the place of this one?".to_owned(),
        (_, _, count) => format!("{count} puts to other keys came between: did they push this one out?"),
    }
}

/// A put to another key that ran while this one did.
fn put_beside(operations: &[Operation], put: usize) -> Option<usize> {
    let written = &operations[put];
    operations.iter().position(|other| other.key != written.key && is_put(other) && other.runs_beside(written))
}

/// What may be wrong if the case is about special keys or values, and only one of them is lost.
fn about(case: &Case) -> &'static str {
    match case.path {
        "key_identity::separator_confusion" => "is a key, or a key and its value, written in parts with a separator?",
        "key_identity::file_names_literal" => "is a key made into the name of a file?",
        "key_identity::reserved_names" => "is the key a name that the store uses itself?",
        "value_fidelity::sentinels" => "does the store take this value for none?",
        "value_fidelity::a_key_as_a_value" => "is a value that is a key taken for a reference?",
        _ => "is it something about this key, or about its value?",
    }
}

/// Whether a get after this put found a value that was put before it.
fn finds_older(operations: &[Operation], put: usize) -> bool {
    let is_older = |get: &Operation| {
        let source = operations.iter().rposition(|source| source.key == get.key && is_put(source));
        source.is_some_and(|source| source < put)
    };
    operations[put + 1..].iter().any(|get| has_found(get) && is_older(get))
}

/// How many gets found a value, if these are at least a few and exactly one get found none.
fn only_loss_among(operations: &[Operation]) -> Option<usize> {
    const A_FEW: usize = 4;
    let was_put = |get: &Operation| operations.iter().any(|put| put.key == get.key && is_put(put));
    let found = operations.iter().filter(|get| has_found(get)).count();
    // A key may well be missing before it is put, so only the gets after the last put count.
    let last_put = operations.iter().rposition(is_put)?;
    let lost = operations[last_put..].iter().filter(|get| has_missed(get) && was_put(get)).count();
    (found >= A_FEW && lost == 1).then_some(found)
}

fn is_put(operation: &Operation) -> bool {
    matches!(operation.call, Call::Put(_))
}

fn has_found(operation: &Operation) -> bool {
    matches!(operation.outcome(), Some(Outcome::Found(_)))
}

fn has_missed(operation: &Operation) -> bool {
    matches!(operation.call, Call::Get) && operation.outcome().is_some_and(|outcome| outcome.is(Kind::NotFound))
}
