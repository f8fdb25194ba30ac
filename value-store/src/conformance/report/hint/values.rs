//! Why a get returned another value than it should.

use super::keys::same_key;
use super::left_behind::of_what_was_not_done;
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
    of_a_changed_value(operations, index, expected, got)
        .or_else(|| of_another_key(operations, index, case))
        .or_else(|| of_a_border(operations, index, got))
        .or_else(|| of_a_part(operations, index, got))
        .or_else(|| about(case).map(str::to_owned))
}

pub(super) fn of_one_of_many(operations: &[Operation], index: usize, got: &[u8]) -> Option<String> {
    if let Some(source) = found_in(operations, index) {
        let is_older = operations[source].key == operations[index].key;
        let older = is_older.then(|| format!("it is the value of put {}, which was replaced since", source + 1));
        return older.or_else(|| same_key(operations, index));
    }
    of_a_mixture(operations, index, got)
}

/// The value was put to the key, but was not the last.
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
    // In that family the values are alike, and the keys are not.
    if case.family == "value_fidelity" {
        return Some(format!("put {} stored that under another key: are the two values taken for one?", source + 1));
    }
    same_key(operations, index)
}

/// How many bytes are enough to recognize a value: eight random ones agree by accident once in 2^64 times.
const ENOUGH: usize = 8;

/// The value ends with the value of another key.
fn of_a_border(operations: &[Operation], index: usize, got: &[u8]) -> Option<String> {
    let is_at_its_end = |put: &Operation| {
        put.key != operations[index].key
            && matches!(&put.call, Call::Put(value) if value.len() >= ENOUGH && got.ends_with(value))
    };
    let put = operations[..index].iter().rposition(is_at_its_end)?;
    Some(format!("it ends with the value of put {}: is the border between a key and its value lost?", put + 1))
}

/// The value is the beginning of one that was put to the key.
fn of_a_part(operations: &[Operation], index: usize, got: &[u8]) -> Option<String> {
    let begins_so = |put: &Operation| {
        put.key == operations[index].key && matches!(&put.call, Call::Put(value) if value.starts_with(got))
    };
    let put = operations[..index].iter().rposition(begins_so).filter(|_| got.len() >= ENOUGH)?;
    let number = put + 1;
    Some(match of_what_was_not_done(&operations[put]) {
        Some("was refused") => {
            format!("it is the beginning of the value of put {number}, which was refused: is it cut, and stored?")
        }
        _ => format!("it is the beginning of the value of put {number}, which was not written in one step"),
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
pub(super) fn of_a_mixture(operations: &[Operation], index: usize, got: &[u8]) -> Option<String> {
    let (head, tail) = (got.get(..ENOUGH)?, got.get(got.len() - ENOUGH..)?);
    if let Some(part) = of_a_part(operations, index, got) {
        return Some(part);
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

#[cfg(test)]
mod tests {
    use bytes::Bytes;

    use super::*;
    use crate::conformance::history::{History, Kind, Refusal};
    use crate::{GetValueResult, Options, PeerId};

    /// The hint for a get of the key `a` that should have returned `expected` and returned `got`. Before it, "another
    /// value" was put to the key `b`, and "a refused value" to `a`, which was refused.
    fn hint(expected: &[u8], got: &[u8]) -> Option<String> {
        let history = History::new();
        let call = |call, key, outcome| {
            let index = history.begin(1, call, Bytes::from_static(key), Options::new().into());
            history.end(index, outcome);
            index
        };
        let put = |key, value: &'static [u8], outcome| call(Call::Put(Bytes::from_static(value)), key, outcome);
        put(b"b", b"another value", Outcome::Stored);
        let refusal = Refusal { kind: Kind::InvalidValue, chain: Vec::new() };
        put(b"a", b"a refused value", Outcome::Failed(refusal));
        let found = GetValueResult { from: PeerId::random(), val: Bytes::copy_from_slice(got) };
        let get = call(Call::Get, b"a", Outcome::Found(found));
        of_the_values(&history.operations(), get, expected, got, Case::named("overwrite::second_put_wins"))
    }

    #[test]
    fn what_became_of_a_value_is_told_from_what_came_back() {
        let told = [
            (&b"a\0b"[..], &b"a"[..], "the value was cut at its first NUL"),
            (b"a\0b\0", b"a\0b", "the value was cut after 3 bytes"),
            (b"a\r\nb", b"a", "the value was cut at its first line end"),
            (b"a\r\nb", b"a\r", "the value was cut at its first line end"),
            (b"\na\n", b"\na", "the value was cut after 2 bytes"),
            (b"''", b"'", "the value was cut after 1 byte"),
            (
                b"\xff\xfe",
                b"\xc3\xbf\xc3\xbe",
                "the value was made into text: each of its bytes was taken for a character",
            ),
            (
                b"a value",
                b"k:another value",
                "it ends with the value of put 1: is the border between a key and its value lost?",
            ),
            (
                b"a value",
                b"a refused val",
                "it is the beginning of the value of put 2, which was refused: is it cut, and stored?",
            ),
        ];
        for (expected, got, told) in told {
            assert_eq!(hint(expected, got).as_deref(), Some(told), "{expected:?} came back as {got:?}");
        }
        assert_eq!(hint(b"a value", b"an unlike one"), None);
    }
}
