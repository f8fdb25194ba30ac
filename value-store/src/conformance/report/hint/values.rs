//! Why another value came back.

use super::keys::same_key;
use super::of_what_was_not_done;
use crate::conformance::history::{Call, Operation, Outcome};
use crate::conformance::report::operations::found_in;
use crate::conformance::suite::Case;

pub(super) fn of_the_values(
    operations: &[Operation],
    index: usize,
    expected: &[u8],
    got: &[u8],
    case: &Case,
) -> Option<String> {
    let source = found_in(operations, index);
    if let Some(source) = source.filter(|source| operations[*source].key == operations[index].key) {
        return Some(of_an_older_value(operations, index, source));
    }
    let changed = of_a_changed_value(operations, index, expected, got);
    changed.or_else(|| of_another_key(operations, index, case)).or_else(|| about(case).map(str::to_owned))
}

pub(super) fn of_one_of_many(operations: &[Operation], index: usize, got: &[u8]) -> Option<String> {
    if let Some(source) = found_in(operations, index) {
        let is_older = operations[source].key == operations[index].key;
        let older = is_older.then(|| format!("it is the value of put {}, which was replaced since", source + 1));
        return older.or_else(|| same_key(operations, index));
    }
    of_a_mixture(operations, index, got)
}

/// The value is one that was put to the key, and not the last.
fn of_an_older_value(operations: &[Operation], index: usize, source: usize) -> String {
    let number = source + 1;
    match (of_what_was_not_done(&operations[source]), operations[source].outcome()) {
        (Some(_), Some(Outcome::Dropped { polls: 0 })) => format!(
            "it is the value of put {number}, which was dropped before its first poll: what a call does, it does when it \
             is polled"
        ),
        (Some(not_done), _) => {
            format!("it is the value of put {number}, which {not_done}: does it go on, and land later?")
        }
        (None, _) if have_other_options(operations, index) => format!(
            "it is the older value, of put {number}, and the last put and get {} have different options: do those decide \
             where a value is kept?",
            index + 1
        ),
        (None, _) => format!("it is the older value, of put {number}"),
    }
}

/// Whether the last put to the key had other options than the get.
fn have_other_options(operations: &[Operation], index: usize) -> bool {
    let get = &operations[index];
    let is_put = |put: &&Operation| put.key == get.key && matches!(put.call, Call::Put(_));
    let last = operations[..index].iter().rfind(is_put);
    last.is_some_and(|put| !put.options.iter().eq(get.options.iter()))
}

fn of_another_key(operations: &[Operation], index: usize, case: &Case) -> Option<String> {
    let source = found_in(operations, index)?;
    // There the keys are unlike each other, and the values alike.
    if case.family == "value_fidelity" {
        return Some(format!("put {} stored that under another key: are the two values taken for one?", source + 1));
    }
    same_key(operations, index)
}

/// What may be wrong where the case is about special values, and one of them comes back as no other that was put.
fn about(case: &Case) -> Option<&'static str> {
    match case.path {
        "value_fidelity::looks_encoded" => Some("is a value parsed, decoded or unpacked on its way?"),
        "value_fidelity::unicode_forms" | "value_fidelity::invalid_utf8" => {
            Some("is a value made into text on its way?")
        }
        "value_fidelity::leading_and_trailing_space" => Some("is white space in a value trimmed or changed?"),
        "provenance::value_has_no_envelope" => Some("is something put around a value that is not taken off again?"),
        _ => None,
    }
}

/// The value is none that was put, and may be made of two of them.
pub(super) fn of_a_mixture(operations: &[Operation], index: usize, got: &[u8]) -> Option<String> {
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

/// What a store did to a value that it took and gave back, where that can be seen.
fn of_a_changed_value(operations: &[Operation], index: usize, expected: &[u8], got: &[u8]) -> Option<String> {
    let text = |bytes| String::from_utf8_lossy(bytes).into_owned();
    let is_text = std::str::from_utf8(expected).is_ok();
    let told = if got.is_empty() {
        "the value is empty now"
    } else if got == expected.to_ascii_lowercase() || got == expected.to_ascii_uppercase() {
        "the letters of the value changed their case"
    } else if !is_text && got == text(expected).as_bytes() {
        "the value was made into text: what is no UTF-8 was replaced"
    } else if got == expected.trim_ascii() || is_text && got == text(expected).trim().as_bytes() {
        "the white space at the ends of the value is gone"
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
