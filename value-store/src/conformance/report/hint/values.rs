//! Why a get returned another value than it should.

use super::keys::same_key;
use super::left_behind::of_what_was_not_done;
use super::older::of_an_older_value;
use crate::conformance::history::Operation;
use crate::conformance::report::evidence::{Evidence, value};
use crate::conformance::report::operations::{call, found_in};
use crate::conformance::suite::Case;

/// How many bytes are enough to recognize a value: eight random ones agree by accident once in 2^64 times.
const ENOUGH: usize = 8;

pub(super) fn of_the_values(evidence: &Evidence<'_>, index: usize, expected: &[u8], got: &[u8]) -> Option<String> {
    let calls = evidence.operations;
    let source = found_in(calls, index);
    if let Some(source) = source.filter(|source| calls[*source].key == calls[index].key) {
        return Some(of_an_older_value(evidence, index, source, expected));
    }
    if source.is_none()
        && let Some(told) = of_an_overlap(evidence)
    {
        return Some(told);
    }
    let is_sure = source.is_some() && (evidence.needs_all() || got.len() >= ENOUGH);
    let of_another_key = || of_another_key(evidence, index);
    of_another_key()
        .filter(|_| is_sure)
        .or_else(|| of_a_changed_value(calls, index, expected, got))
        .or_else(of_another_key)
        .or_else(|| of_a_border(evidence, index, got))
        .or_else(|| of_a_part(evidence, index, got))
        .or_else(|| about(evidence.case).map(str::to_owned))
}

pub(super) fn of_one_of_many(evidence: &Evidence<'_>, index: usize, got: &[u8]) -> Option<String> {
    let calls = evidence.operations;
    if let Some(source) = found_in(calls, index) {
        let is_older = calls[source].key == calls[index].key;
        let older = is_older.then(|| format!("it is the value of {}, which was replaced since", call(calls, source)));
        return older.or_else(|| same_key(evidence, index));
    }
    of_an_overlap(evidence).or_else(|| of_no_value(evidence, index, got)).or_else(|| of_a_mixture(evidence, index, got))
}

/// The key has the empty value, which was not put, as its put was not completed.
fn of_no_value(evidence: &Evidence<'_>, index: usize, got: &[u8]) -> Option<String> {
    let put = evidence.last_put(index).filter(|_| got.is_empty())?;
    let became = of_what_was_not_done(&evidence.operations[put])?;
    Some(format!("{}: is the key there before its value is?", evidence.after(put, became)))
}

/// The value is nobody's, and comes only of calls that run at the same time.
fn of_an_overlap(evidence: &Evidence<'_>) -> Option<String> {
    let (one, other) = evidence.overlap().filter(|_| evidence.needs_overlap)?;
    Some(format!("{}: do they share a buffer, or a file?", evidence.beside(one, other)))
}

fn of_another_key(evidence: &Evidence<'_>, index: usize) -> Option<String> {
    let calls = evidence.operations;
    let source = found_in(calls, index)?;
    let is_reference =
        |put: usize| value(&calls[put]).is_some_and(|value| !value.is_empty() && *value == *calls[source].key);
    if evidence.last_put(index).is_some_and(is_reference) {
        return Some(format!(
            "the value that was put is the key of {}: is it taken for a reference?",
            call(calls, source)
        ));
    }
    // In that family the values are alike, and the keys are not.
    if evidence.case.family == "value_fidelity" {
        let put = call(calls, source);
        return Some(format!("{put} stored that under another key: are the two values taken for one?"));
    }
    same_key(evidence, index)
}

/// The value ends with the value of another key.
fn of_a_border(evidence: &Evidence<'_>, index: usize, got: &[u8]) -> Option<String> {
    let calls = evidence.operations;
    let enough = if evidence.needs_all() { 2 } else { ENOUGH };
    let is_at_its_end = |put: &Operation| {
        put.key != calls[index].key && value(put).is_some_and(|value| value.len() >= enough && got.ends_with(value))
    };
    let put = calls[..index].iter().rposition(is_at_its_end)?;
    Some(format!("it ends with the value of {}: is the border between a key and its value lost?", call(calls, put)))
}

/// The value is the beginning of one that was put to the key.
pub(super) fn of_a_part(evidence: &Evidence<'_>, index: usize, got: &[u8]) -> Option<String> {
    let calls = evidence.operations;
    let begins_so =
        |put: &Operation| put.key == calls[index].key && value(put).is_some_and(|value| value.starts_with(got));
    let enough = if evidence.needs_all() { 1 } else { ENOUGH };
    let index = calls[..index].iter().rposition(begins_so).filter(|_| got.len() >= enough)?;
    let put = call(calls, index);
    Some(match of_what_was_not_done(&calls[index]) {
        Some("was refused") => {
            format!("it is the beginning of the value of {put}, which was refused: is it cut, and stored?")
        }
        Some(became) => {
            format!("it is the beginning of the value of {put}, which {became}: is a value written in parts?")
        }
        None => format!("it is the beginning of the value of {put}: is a value written in parts?"),
    })
}

/// What may be wrong if the case is about special values, and what came back is no value that was put.
fn about(case: &Case) -> Option<&'static str> {
    match case.path {
        "value_fidelity::looks_encoded" => Some("is a value parsed, decoded or unpacked on its way?"),
        "value_fidelity::unicode_forms" | "value_fidelity::invalid_utf8" => {
            Some("is a value made into text on its way?")
        }
        "value_fidelity::one_mebibyte_patterned" => {
            Some("are the parts of a long value all there, and in their order?")
        }
        "value_fidelity::leading_and_trailing_space" => Some("is white space in a value trimmed or changed?"),
        "provenance::value_has_no_envelope" => Some("is something put around a value that is not taken off again?"),
        _ => None,
    }
}

/// The value was never put, and may be made of two that were.
pub(super) fn of_a_mixture(evidence: &Evidence<'_>, index: usize, got: &[u8]) -> Option<String> {
    if let Some(part) = of_a_part(evidence, index, got) {
        return Some(part);
    }
    let (head, tail) = (got.get(..ENOUGH)?, got.get(got.len() - ENOUGH..)?);
    let operations = evidence.operations;
    let put = |has: &dyn Fn(&[u8]) -> bool| {
        let is_put = |put: &Operation| put.key == operations[index].key && value(put).is_some_and(has);
        operations.iter().position(is_put)
    };
    let (first, last) = (put(&|value| value.starts_with(head))? + 1, put(&|value| value.ends_with(tail))? + 1);
    Some(if first == last {
        format!("it begins and ends as the value of put {first}, with something else between")
    } else {
        format!("it begins as the value of put {first}, and ends as that of put {last}: the two are mixed")
    })
}

/// How the store changed the value, if that can be seen.
fn of_a_changed_value(operations: &[Operation], index: usize, expected: &[u8], got: &[u8]) -> Option<String> {
    let text = |bytes| String::from_utf8_lossy(bytes).into_owned();
    let is_text = std::str::from_utf8(expected).is_ok();
    let told = if got.is_empty() {
        "the value is empty now"
    } else if got == expected.to_ascii_lowercase() || got == expected.to_ascii_uppercase() {
        "the letters of the value changed their case"
    } else if !is_text && got == text(expected).as_bytes() {
        "the value was made into text: what is no UTF-8 was replaced"
    } else if !is_text && got == expected.iter().copied().map(char::from).collect::<String>().as_bytes() {
        "the value was made into text: each of its bytes was taken for a character"
    } else if got == expected.trim_ascii() || is_text && got == text(expected).trim().as_bytes() {
        "the white space at the ends of the value is gone"
    } else if got == text(expected).replace("\r\n", "\n").as_bytes() {
        "the line ends of the value were changed"
    } else if let Some(rest) = expected.strip_prefix(got) {
        return Some(cut(got, rest));
    } else if got.starts_with(expected) {
        return Some(tail(operations, index, got));
    } else if got.ends_with(expected) {
        "the value is whole, with something before it"
    } else {
        return None;
    };
    Some(told.to_owned())
}

/// The value was cut. A NUL or a line end that would have come next may be the reason, if it is the first in the value.
/// Otherwise only the length is known.
fn cut(kept: &[u8], rest: &[u8]) -> String {
    match rest.first().filter(|first| !kept.contains(first)) {
        Some(0) => "the value was cut at its first NUL".to_owned(),
        Some(b'\n' | b'\r') => "the value was cut at its first line end".to_owned(),
        _ => {
            let length = kept.len();
            format!("the value was cut after {length} {}", if length == 1 { "byte" } else { "bytes" })
        }
    }
}

fn tail(operations: &[Operation], index: usize, got: &[u8]) -> String {
    let has_tail =
        |put: &Operation| put.key == operations[index].key && value(put).is_some_and(|value| value.len() == got.len());
    if operations[..index].iter().any(has_tail) {
        "the tail of the longer old value is still there".to_owned()
    } else {
        "the value is whole, with something after it".to_owned()
    }
}
