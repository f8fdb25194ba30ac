//! What the page says about one call.

use std::fmt::Write as _;
use std::time::Duration;

use super::super::{bytes, operations};
use crate::conformance::history::{Call, Operation, Outcome};

/// A call in words.
pub(super) struct Told {
    /// Its name and number, as the report has them: `get 3`.
    pub(super) name: String,
    pub(super) key: String,
    /// The value that was put or found.
    pub(super) value: String,
    pub(super) outcome: String,
    pub(super) options: String,
    pub(super) begun: String,
    pub(super) elapsed: String,
    /// The shortest text that tells the call from others, for its bar.
    pub(super) label: String,
}

pub(super) fn tell(operations: &[Operation], index: usize) -> Told {
    let operation = &operations[index];
    let source = source(operations, index).map(|put| format!("put {}", put + 1));
    let (value, outcome, short) = match (&operation.call, operation.outcome()) {
        (_, Some(Outcome::Found(found))) => {
            let from = operations::peer(&found.from.to_string());
            let of =
                source.clone().map_or("a value that no put stored".to_owned(), |put| format!("the value of {put}"));
            let short = source.map_or("= ?".to_owned(), |put| format!("= {put}"));
            (value(&found.val), format!("{of}, from {from}"), short)
        }
        (Call::Put(put), _) => (value(put), operations::ending(operation), bytes::value(put)),
        (Call::Get, Some(Outcome::Failed(refusal))) => {
            (String::new(), operations::refusal(refusal), format!("{:?}", refusal.kind))
        }
        (Call::Get, _) => (String::new(), operations::ending(operation), String::new()),
    };
    Told {
        label: format!("{} {} {short}", index + 1, operation.call.name()),
        name: operations::call(operations, index),
        key: bytes::key(&operation.key),
        value,
        outcome,
        options: operations::options(&operation.options).trim().to_owned(),
        begun: moment(operation.begun - operations[0].begun),
        elapsed: operation.elapsed().map_or("…".to_owned(), operations::duration),
    }
}

/// The put whose value a get found. If several put that value, it is one to the same key, one that began before the get
/// ended, and the last: in this order of importance.
pub(super) fn source(operations: &[Operation], get: usize) -> Option<usize> {
    let Some(Outcome::Found(found)) = operations[get].outcome() else { return None };
    let puts =
        operations.iter().enumerate().filter(|(_, put)| matches!(&put.call, Call::Put(put) if *put == found.val));
    let ended = operations[get].ended.as_ref().map(|(end, _)| *end);
    let (put, _) =
        puts.max_by_key(|(index, put)| (put.key == operations[get].key, Some(put.begun) <= ended, *index))?;
    Some(put)
}

/// The last put to the key of a call that had returned `Ok` when the call began.
pub(super) fn last_put(operations: &[Operation], call: usize) -> Option<usize> {
    let Operation { key, begun, .. } = &operations[call];
    operations[..call].iter().rposition(|put| {
        let is_stored = matches!(&put.ended, Some((end, Outcome::Stored)) if end <= begun);
        put.key == *key && is_stored
    })
}

/// A value as the report shows it. If that is only the length, the first bytes follow, since many values have the same
/// length.
fn value(value: &[u8]) -> String {
    const BYTES: usize = 4;
    let mut text = bytes::value(value);
    if !value.is_empty() && text == format!("{} B", value.len()) {
        let _ = value.iter().take(BYTES).try_for_each(|byte| write!(text, " {byte:02x}"));
        text.push_str(if value.len() > BYTES { " …" } else { "" });
    }
    text
}

/// A time since the first call, exact enough to tell two of them apart.
fn moment(time: Duration) -> String {
    if time.is_zero() { "0".to_owned() } else { spaced(&format!("{time:.3?}")) }
}

/// A duration with all its digits.
pub(super) fn exact(duration: Duration) -> String {
    if duration.is_zero() { "0".to_owned() } else { spaced(&format!("{duration:?}")) }
}

/// A number with its unit, and a space between.
fn spaced(text: &str) -> String {
    let (number, unit) = text.split_at(text.find(char::is_alphabetic).unwrap_or(text.len()));
    format!("{number} {unit}")
}
