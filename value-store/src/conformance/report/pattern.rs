//! The calls that show a failure, without what differs from case to case. Failures with the same pattern likely have one
//! cause.

use bytes::Bytes;

use super::explanation::Explanation;
use crate::conformance::history::{Call, Failure, Kind, Operation, Outcome};
use crate::conformance::judge::Search;

/// The calls of the smallest run in a few words each, or if there is none, the rule and the call to blame.
pub(super) fn pattern(explanation: &Explanation<'_>) -> String {
    let Explanation { operations, failure, case, .. } = explanation;
    let culprits = failure.operations();
    let mut keys = Vec::new();
    if matches!(explanation.run.search, Some(Search::Found(_))) {
        let mut lines: Vec<(u64, String)> = explanation.happenings.clone();
        lines.extend(operations.iter().map(|operation| (operation.events.0, words(operation, &mut keys))));
        lines.sort_by_key(|(event, _)| *event);
        return lines.into_iter().map(|(_, line)| line).collect::<Vec<_>>().join("; ");
    }
    let id = case.rule.split_once(':').map_or(case.rule, |(id, _)| id);
    let what = match failure {
        Failure::Panicked { message, .. } => format!("panic {message}"),
        Failure::Hung { .. } => "hang".to_owned(),
        Failure::NotOpened { chain } => format!("not opened {}", chain.join(": ")),
        _ => culprits.iter().map(|index| words(&operations[*index], &mut keys)).collect::<Vec<_>>().join("; "),
    };
    format!("{id}: {what}")
}

/// A call: its name, its key as a number, what is odd about key, value and options, and how it ended.
fn words(operation: &Operation, keys: &mut Vec<Bytes>) -> String {
    let known = keys.iter().position(|key| *key == operation.key);
    let key = known.unwrap_or_else(|| {
        keys.push(operation.key.clone());
        keys.len() - 1
    });
    let value = match &operation.call {
        Call::Put(value) => format!(" {}", kind_of(value)),
        Call::Get => String::new(),
    };
    let options = match (operation.options.timeout(), operation.options.iter().count()) {
        (None, 0) => "",
        (Some(_), 0) => " with a timeout",
        (None, _) => " with options",
        (Some(_), _) => " with a timeout and options",
    };
    format!("{} {key}{}{value}{options} -> {}", operation.call.name(), oddity(&operation.key), ending(operation))
}

/// What kind of value a value is.
fn kind_of(value: &[u8]) -> &'static str {
    match value {
        [] => "nothing",
        value if value.len() > 64 => "a long value",
        value if value.iter().all(u8::is_ascii_alphanumeric) => "a text",
        _ => "bytes",
    }
}

/// What is odd about a key that is not made of a few letters and digits.
fn oddity(key: &[u8]) -> &'static str {
    match key {
        [] => " (empty)",
        key if key.len() > 64 => " (long)",
        key if key.iter().all(u8::is_ascii_alphanumeric) => "",
        key if key.is_ascii() => " (odd)",
        key if std::str::from_utf8(key).is_ok() => " (not ASCII)",
        _ => " (no text)",
    }
}

fn ending(operation: &Operation) -> String {
    match operation.outcome() {
        None => "no end".to_owned(),
        Some(Outcome::Stored | Outcome::Superseded(_)) => "ok".to_owned(),
        Some(Outcome::Found(_)) => "a value".to_owned(),
        Some(Outcome::Dropped { .. }) => "dropped".to_owned(),
        Some(Outcome::Panicked { message, .. }) => format!("panic {message}"),
        Some(Outcome::Failed(refusal)) if refusal.kind == Kind::Backend => refusal.chain.join(": "),
        Some(Outcome::Failed(refusal)) => format!("{:?}", refusal.kind),
    }
}
