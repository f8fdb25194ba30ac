//! Why a get returned a value that was put to another key.

use super::left_behind::{last_given_up, of_what_was_not_done};
use crate::conformance::history::{Call, Happening, Kind, Operation, Outcome};
use crate::conformance::report::bytes;
use crate::conformance::report::evidence::{Evidence, has_found, is_put};
use crate::conformance::report::operations::{call, found_in};
use crate::conformance::session::prefix;

/// A way to make two keys one: its description, and the form that it gives to a key.
type Form = (&'static str, fn(&str) -> String);

const FORMS: [Form; 8] = [
    ("letter case is folded", |key| key.to_uppercase().to_lowercase()),
    ("white space is trimmed, or changed", |key| key.split_whitespace().collect()),
    ("the key is cut at its first NUL, or its NULs are dropped", |key| key.replace('\0', "")),
    ("percent-encoding is read", decoded),
    ("they are the same path", resolved),
    ("they are the same number", as_number),
    ("quotes or escapes are read", |key| key.replace(['\'', '"', '\\'], "")),
    ("entities are read", |key| key.replace("&amp;", "&").replace("&lt;", "<").replace("&gt;", ">")),
];

/// The value was put to another key, or to this one by a put that must not have stored it.
pub(super) fn same_key(evidence: &Evidence<'_>, index: usize) -> Option<String> {
    let calls = evidence.operations;
    let source = found_in(calls, index)?;
    let (one, other) = (&calls[source].key, &calls[index].key);
    if one == other {
        return of_its_own_put(calls, source);
    }
    let one_shown = bytes::key(one);
    if let Some(get) = told_apart(calls, source, index) {
        return Some(format!(
            "{one_shown} has that value, and {} told the two keys apart: are the answers to two calls mixed up?",
            call(calls, get)
        ));
    }
    let replaced = (source + 1..index).find(|put| calls[*put].key == *one && is_put(&calls[*put]));
    if let Some(put) = replaced.filter(|_| evidence.needs_all()) {
        let put = call(calls, put);
        return Some(format!("{one_shown} had that value until {put}: is what {put} replaced kept under another key?"));
    }
    let is_replaced = calls[..source].iter().any(|put| put.key == *one && is_put(put));
    if is_replaced && evidence.needs_all() && evidence.last_put(index).is_none() {
        return Some(format!(
            "{one_shown} had that value: is what {} replaced kept under another key?",
            call(calls, source)
        ));
    }
    let of_the_form = same_form(one, other);
    // In the smallest run, such a call is needed, and two keys that are one would not need it.
    let is_told_by_calls = of_the_form.is_none() || evidence.needs_all();
    if let Some(told) = of_the_answers(evidence, source, index).filter(|_| is_told_by_calls) {
        return Some(format!("{one_shown} has that value: {told}"));
    }
    let is_restart =
        |happening: &Happening| matches!(happening, Happening::Restarted { .. } | Happening::Killed { .. });
    if of_the_form.is_none() && evidence.needs_all() && evidence.count([source, index], is_restart) > 0 {
        return Some(format!(
            "{one_shown} has that value, and the store was opened again: is each value read under its key?"
        ));
    }
    let other_shown = bytes::key(other);
    let told = of_the_form.or_else(|| difference(one, other).map(str::to_owned));
    Some(match told {
        Some(told) if evidence.needs_all() => {
            format!("{one_shown} and {other_shown} are taken for the same key: {told}")
        }
        Some(told) => format!("{one_shown} has that value: are the two taken for the same key? ({told})"),
        None => format!("{one_shown} has that value: do the two keys share a hash, or a place?"),
    })
}

/// A put to the key should have stored nothing.
fn of_its_own_put(calls: &[Operation], put: usize) -> Option<String> {
    let became = of_what_was_not_done(&calls[put])?;
    Some(format!(
        "{} {became}, and its value is there: does it begin to store before that is decided?",
        call(calls, put)
    ))
}

/// Another call may have got the answer to this one, or the other way round: one that was given up, ran at the same time, or
/// found that value.
fn of_the_answers(evidence: &Evidence<'_>, source: usize, index: usize) -> Option<String> {
    let calls = evidence.operations;
    if last_given_up(evidence, index).is_some() {
        return Some("is the answer to a call that was given up given to the next?".to_owned());
    }
    if let Some(beside) = calls.iter().position(|other| !is_put(other) && other.runs_beside(&calls[index])) {
        return Some(format!(
            "{} ran at the same time: is the answer to one get given to the other?",
            call(calls, beside)
        ));
    }
    let is_needed = |get: &usize| has_found(&calls[*get]) && found_in(calls, *get) == Some(source);
    let get = (source..index).rfind(is_needed).filter(|_| evidence.needs_all())?;
    Some(format!("is the answer to {} given once more?", call(calls, get)))
}

/// All ways to make the two keys one that explain it.
fn same_form(one: &[u8], other: &[u8]) -> Option<String> {
    let (one, other) = (String::from_utf8_lossy(one), String::from_utf8_lossy(other));
    if one == other {
        return Some("bytes that are no UTF-8 are replaced by text".to_owned());
    }
    let told: Vec<_> = FORMS.iter().filter(|(_, form)| form(&one) == form(&other)).map(|(told, _)| *told).collect();
    (!told.is_empty()).then(|| told.join(", or "))
}

/// What is to be seen of the two keys.
fn difference(one: &[u8], other: &[u8]) -> Option<&'static str> {
    if cut_at_nul(one) == cut_at_nul(other) {
        return Some("the key is cut at its first NUL");
    }
    let are_text = [one, other].into_iter().all(|key| std::str::from_utf8(key).is_ok());
    let (part_of_one, part_of_other) = differing_parts(one, other);
    let told = if has_only_signs(part_of_one) && has_only_signs(part_of_other) {
        "they differ in what is no letter and no digit: is that dropped, replaced or read as a pattern?"
    } else if is_pattern(part_of_one) || is_pattern(part_of_other) {
        "one looks like a pattern: is it matched with the other?"
    } else if differ_in_one_bit(part_of_one, part_of_other) {
        "they differ in one bit"
    } else if !part_of_one.is_ascii() || !part_of_other.is_ascii() {
        if are_text {
            "they differ in what is not ASCII: is that normalized, dropped or replaced?"
        } else {
            "they differ in bytes that are no UTF-8: is the key made into text?"
        }
    } else if one.starts_with(other) || other.starts_with(one) {
        "one is a prefix of the other"
    } else if one.ends_with(other) || other.ends_with(one) {
        "one is the end of the other"
    } else if sorted(one) == sorted(other) {
        "they have the same bytes in another order"
    } else if one.len() == other.len() && part_of_one.len() == 1 {
        "they differ in one byte"
    } else if is_hexadecimal_of(one, other) || is_hexadecimal_of(other, one) {
        "hexadecimal is read"
    } else {
        return None;
    };
    Some(told)
}

/// An earlier get that told apart the keys of the two calls.
///
/// It got the key that was put before the other, or that was never put, when the other had been put. It returned the
/// right result all the same: the value of its own key, or `NotFound`.
fn told_apart(operations: &[Operation], source: usize, index: usize) -> Option<usize> {
    let last_put = |key: &[u8]| {
        let is_put = |operation: &Operation| operation.key == key && matches!(operation.call, Call::Put(_));
        operations[..index].iter().rposition(is_put)
    };
    let (one, other) = (&operations[source].key, &operations[index].key);
    let (put_of_one, put_of_other) = (last_put(one), last_put(other));
    let (earlier, key, later) =
        if put_of_one < put_of_other { (put_of_one, one, put_of_other) } else { (put_of_other, other, put_of_one) };
    let both_were_put = operations[later?].events.1?;
    let tells = |get: &Operation| {
        let is_right = match (earlier.map(|put| &operations[put].call), get.outcome()) {
            (Some(Call::Put(value)), Some(Outcome::Found(found))) => found.val == *value,
            (None, Some(outcome)) => outcome.is(Kind::NotFound),
            _ => false,
        };
        get.key == *key && matches!(get.call, Call::Get) && get.events.0 > both_were_put && is_right
    };
    operations[..index].iter().position(tells)
}

/// What is left of two keys without the bytes with which both begin, and without those with which both end.
fn differing_parts<'k>(one: &'k [u8], other: &'k [u8]) -> (&'k [u8], &'k [u8]) {
    let agreeing = |pairs: &mut dyn Iterator<Item = (&u8, &u8)>| pairs.take_while(|(one, other)| one == other).count();
    let head = agreeing(&mut one.iter().zip(other));
    let (one, other) = (&one[head..], &other[head..]);
    let tail = agreeing(&mut one.iter().rev().zip(other.iter().rev()));
    (&one[..one.len() - tail], &other[..other.len() - tail])
}

fn differ_in_one_bit(one: &[u8], other: &[u8]) -> bool {
    matches!((one, other), ([one], [other]) if (one ^ other).is_power_of_two())
}

fn is_pattern(part: &[u8]) -> bool {
    !part.is_empty() && part.iter().all(|byte| b"*?%_".contains(byte))
}

fn has_only_signs(part: &[u8]) -> bool {
    part.iter().all(|byte| byte.is_ascii() && !byte.is_ascii_alphanumeric())
}

/// The key with each plus as a space, and with percent-encoding decoded.
fn decoded(key: &str) -> String {
    let mut decoded = Vec::new();
    let mut rest = key.as_bytes();
    while let Some((&byte, after)) = rest.split_first() {
        let code = after.get(..2).filter(|_| byte == b'%').and_then(|code| std::str::from_utf8(code).ok());
        let read = code.and_then(|code| u8::from_str_radix(code, 16).ok());
        rest = if read.is_some() { &after[2..] } else { after };
        decoded.push(read.unwrap_or(if byte == b'+' { b' ' } else { byte }));
    }
    String::from_utf8_lossy(&decoded).into_owned()
}

/// The key as a resolved path, with slashes or backslashes between its parts.
fn resolved(key: &str) -> String {
    let mut parts = Vec::new();
    for part in key.split(['/', '\\']) {
        match part {
            "" | "." => {}
            ".." => drop(parts.pop()),
            part => parts.push(part),
        }
    }
    parts.join("/")
}

/// The key with its last part in the plain form of a number, if it is one. What makes the key fresh is no part of it.
fn as_number(key: &str) -> String {
    let fresh = prefix::split(key.as_bytes()).map_or(0, |(prefix, _)| prefix.len());
    let (path, name) = key.split_at(key.rfind('/').map_or(fresh, |slash| slash + 1));
    let hexadecimal = name.strip_prefix("0x").and_then(|digits| u64::from_str_radix(digits, 16).ok());
    let number = hexadecimal.map(|number| number.to_string());
    let number = number.or_else(|| name.parse::<f64>().ok().map(|number| number.to_string()));
    number.map_or_else(|| key.to_owned(), |number| format!("{path}{number}"))
}

fn is_hexadecimal_of(digits: &[u8], key: &[u8]) -> bool {
    let pairs = digits.chunks(2).map(|pair| u8::from_str_radix(&String::from_utf8_lossy(pair), 16));
    pairs.eq(key.iter().map(|byte| Ok(*byte)))
}

fn sorted(key: &[u8]) -> Vec<u8> {
    let mut key = key.to_vec();
    key.sort_unstable();
    key
}

fn cut_at_nul(key: &[u8]) -> &[u8] {
    key.split(|byte| *byte == 0).next().unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn told_of(one: &[u8], other: &[u8]) -> String {
        same_form(one, other).or_else(|| difference(one, other).map(str::to_owned)).unwrap_or_default()
    }

    #[test]
    fn what_makes_two_keys_one_is_told_from_how_they_differ() {
        let told = [
            (&b"p/KEY"[..], &b"p/Key"[..], "letter case is folded"),
            (b"p/stra\xc3\x9fe", b"p/strasse", "letter case is folded"),
            (b"p/\xff", b"p/\xfe", "bytes that are no UTF-8 are replaced by text"),
            (b"p/a\r\n", b"p/a\n", "white space is trimmed, or changed"),
            (b"p/a\0\0", b"p/a\0", "the key is cut at its first NUL, or its NULs are dropped"),
            (b"p/a\0b", b"p/a\0c", "the key is cut at its first NUL"),
            (b"p/a%2fb", b"p/a/b", "percent-encoding is read"),
            (b"p/b/../a", b"p/./a", "they are the same path"),
            (b"p/01", b"p/1", "they are the same number"),
            (b"a9f3a9f3a9f301", b"a9f3a9f3a9f31", "they are the same number"),
            (b"p/\"a\"", b"p/a", "quotes or escapes are read"),
            (b"p/\xe9", b"p/\xc3\xa9", "they differ in bytes that are no UTF-8: is the key made into text?"),
            (
                b"p/caf\xc3\xa9",
                b"p/cafe\xcc\x81",
                "they differ in what is not ASCII: is that normalized, dropped or replaced?",
            ),
            (b"p/a", b"p/ab", "one is a prefix of the other"),
            (b"0xp/a", b"p/a", "one is the end of the other"),
            (b"\xf0/a", b"p/a", "they differ in one bit"),
            (b"p/ab", b"p/ba", "they have the same bytes in another order"),
            (b"p/a*c", b"p/abc", "one looks like a pattern: is it matched with the other?"),
            (
                b"p/a..",
                b"p/a.",
                "they differ in what is no letter and no digit: is that dropped, replaced or read as a pattern?",
            ),
            (b"p/a&amp;b", b"p/a&b", "entities are read"),
            (b"p/%2f", b"p/%2F", "letter case is folded, or percent-encoding is read"),
            (b"p/adc", b"p/abc", "they differ in one byte"),
            (b"702f61", b"p/a", "hexadecimal is read"),
        ];
        for (one, other, expected) in told {
            assert_eq!(told_of(one, other), expected, "{} and {}", one.escape_ascii(), other.escape_ascii());
            assert_eq!(told_of(other, one), expected, "{} and {}", other.escape_ascii(), one.escape_ascii());
        }
        assert_eq!(told_of(b"p/plumless", b"p/buckeroo"), "");
    }
}
