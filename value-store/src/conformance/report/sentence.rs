//! What went against the rule, in one sentence.

use std::time::Duration;

use super::bytes;
use super::operations::{call, duration, ending, found_in, refusal};
use super::texts::{of_the_factory, shortened};
use crate::conformance::history::{Call, Expected, Failure, History, Kind, Operation, Outcome, Phase, Unfit, WentBack};
use crate::conformance::linearizability::{Sighting, Violation};

pub(super) fn sentence(failure: &Failure, operations: &[Operation], history: &History) -> String {
    match failure {
        Failure::Unexpected { operation, expected } => unexpected(operations, *operation, expected),
        Failure::Early { operation, timeout } => {
            let elapsed = operations[*operation].elapsed().unwrap_or_default();
            format!(
                "{} said Timeout after {}, before its timeout of {} had passed",
                call(operations, *operation),
                duration(elapsed),
                duration(*timeout)
            )
        }
        Failure::Late { operation, timeout, timer, grace, attempts } => {
            let elapsed = operations[*operation].elapsed().unwrap_or_default();
            format!(
                "{} took {}, with a timeout of {}: beside it a plain timer of that length took {}, and {} of grace is \
                 granted; so {attempts} times out of {attempts}",
                call(operations, *operation),
                duration(elapsed),
                duration(*timeout),
                duration(*timer),
                duration(*grace)
            )
        }
        Failure::Stranger { operation, members } => format!(
            "{} found a value from {}, which is none of the {} peers that the factory named with Context::member",
            call(operations, *operation),
            source(&operations[*operation]),
            members.len()
        ),
        Failure::NotLinearizable(violation) => not_linearizable(operations, violation),
        Failure::WentBack(went_back) => of_a_handle_that_went_back(operations, went_back),
        Failure::Panicked { operation: Some(operation), .. } => call_panicked(operations, *operation),
        Failure::Panicked { operation: None, message } => panicked(message, history),
        Failure::Hung { outlived: Some((operation, elapsed)), .. } => outlived(operations, *operation, *elapsed),
        Failure::Hung { outlived: None, deadline } => hung(operations, history.phase(), *deadline),
        Failure::NotOpened { chain } => {
            format!("the factory returned an error: {}", shortened(&of_the_factory(chain)))
        }
        Failure::Needs { setting } => format!("the case cannot run: it needs {setting}"),
        Failure::Passed { name, reason } if name.contains("::") => {
            format!("it was expected to fail ({reason}): remove `{name}` from what is expected to fail")
        }
        Failure::Passed { name, reason } => format!(
            "it was expected to fail ({reason}): remove `{name}` from what is expected to fail, or name those \
             cases of it that do fail"
        ),
    }
}

fn source(operation: &Operation) -> String {
    match operation.outcome() {
        Some(Outcome::Found(found)) => found.from.to_string(),
        _ => "nobody".to_owned(),
    }
}

fn unexpected(operations: &[Operation], index: usize, expected: &Expected) -> String {
    let call = call(operations, index);
    match (expected, operations[index].outcome()) {
        (Expected::OrTimeout(expected), Some(Outcome::Failed(_))) if !matches!(**expected, Expected::TimedOut) => {
            format!("{}, and not with Timeout either", unexpected(operations, index, expected))
        }
        (
            Expected::OrMissing(expected)
            | Expected::OrTimeout(expected)
            | Expected::OrBackend(expected)
            | Expected::OrUnavailable(expected),
            _,
        ) => unexpected(operations, index, expected),
        (_, Some(Outcome::Found(found))) => {
            let returned = returned(operations, index, &found.val, expected);
            format!("{call} returned {returned}{}", instead_of(operations, index, expected))
        }
        (_, Some(Outcome::Failed(error))) => {
            format!("{call} ended with {}{}", refusal(error), instead_of(operations, index, expected))
        }
        (Expected::KeyRefused, Some(Outcome::Stored)) => {
            format!("{call} said Ok to a key of {} B, more than max_key_len", operations[index].key.len())
        }
        (Expected::TimedOut, Some(Outcome::Stored)) => {
            format!("{call} said Ok while nothing could reach the backend")
        }
        (Expected::ValueRefused, Some(Outcome::Stored)) => {
            let length = value_len(&operations[index]);
            format!("{call} said Ok to a value of {length} B, more than max_value_len")
        }
        (Expected::RecordRefused(why), Some(Outcome::Stored)) => format!("{call} said Ok to {}", unfit(*why)),
        (_, outcome) => format!("{call} ended with {outcome:?}, which no {call} can"),
    }
}

fn value_len(operation: &Operation) -> usize {
    match &operation.call {
        Call::Put(value) => value.len(),
        Call::Get => 0,
    }
}

fn unfit(why: Unfit) -> &'static str {
    match why {
        Unfit::Older => "a record that is older than the one that the key has",
        Unfit::Invalid => "a value that is no valid record of the key",
    }
}

/// The value that a get returned. If it would look like one that it may return, since both are shown by their lengths, it
/// is described in another way.
fn returned(operations: &[Operation], index: usize, got: &[u8], expected: &Expected) -> String {
    let shown = bytes::value(got);
    let allowed = match expected {
        Expected::Value(value) => std::slice::from_ref(value),
        Expected::OneOf(values) => values,
        _ => &[],
    };
    if !allowed.iter().any(|value| bytes::value(value) == shown) {
        return shown;
    }
    match found_in(operations, index) {
        Some(put) => format!("the {shown} of put {}", put + 1),
        None => format!("{} other bytes", got.len()),
    }
}

fn instead_of(operations: &[Operation], index: usize, expected: &Expected) -> String {
    let acknowledged = |value: &::bytes::Bytes| {
        let is_put = |operation: &Operation| {
            operation.key == operations[index].key
                && matches!(&operation.call, Call::Put(put) if put == value)
                && matches!(operation.outcome(), Some(Outcome::Stored))
        };
        operations[..index].iter().rposition(is_put).map(|put| put + 1)
    };
    match expected {
        Expected::Value(value) => match acknowledged(value) {
            Some(put) => format!(", where put {put} had stored {} and returned Ok", bytes::value(value)),
            None => format!(", where {} should be", bytes::value(value)),
        },
        Expected::Missing => {
            let key = without_a_value(operations, index);
            match found_in(operations, index) {
                Some(put) if operations[put].key == operations[index].key => {
                    format!(" for {key}: it is the value of that put")
                }
                Some(put) => format!(" for {key}: it is the value that put {} stored", put + 1),
                None => format!(", and not with NotFound, for {key}"),
            }
        }
        Expected::Stored => ", and not with Ok".to_owned(),
        Expected::AnyValue => ", where the key has a value".to_owned(),
        Expected::AnyValueOrMissing => ", and with neither a value nor NotFound".to_owned(),
        Expected::OneOf(values) => match values.as_slice() {
            [only] => format!(", which is not {}", bytes::value(only)),
            [old, new] => format!(", which is neither {} nor {}", bytes::value(old), bytes::value(new)),
            values => format!(", which is none of the {} values that it may return here", values.len()),
        },
        Expected::KeyRefused => ", and not with InvalidKey, for a key longer than max_key_len".to_owned(),
        Expected::KeyRefusedOrMissing => ", for a key longer than max_key_len".to_owned(),
        Expected::RecordRefused(why) => format!(", and not with InvalidValue, for {}", unfit(*why)),
        Expected::ValueRefused => ", and not with InvalidValue, for a value longer than max_value_len".to_owned(),
        Expected::TimedOut => ", and not with Timeout, while nothing could reach the backend".to_owned(),
        Expected::OrMissing(expected)
        | Expected::OrTimeout(expected)
        | Expected::OrBackend(expected)
        | Expected::OrUnavailable(expected) => instead_of(operations, index, expected),
    }
}

/// The key of a get that should find nothing: it was never put, or a put to it was refused or dropped before its first
/// poll.
fn without_a_value(operations: &[Operation], get: usize) -> String {
    let puts = operations[..get]
        .iter()
        .enumerate()
        .rev()
        .filter(|(_, operation)| operation.key == operations[get].key && matches!(operation.call, Call::Put(_)));
    let what_became = |outcome: &Outcome| match outcome {
        Outcome::Dropped { polls: 0 } => Some("dropped before its first poll"),
        _ if outcome.is(Kind::InvalidKey) || outcome.is(Kind::InvalidValue) => Some("refused"),
        _ => None,
    };
    let mut unfulfilled = puts.filter_map(|(put, operation)| Some((put, what_became(operation.outcome()?)?)));
    match unfulfilled.next() {
        Some((put, became)) => format!("a key whose put {} was {became}", put + 1),
        None => "a key that was never put".to_owned(),
    }
}

fn not_linearizable(operations: &[Operation], violation: &Violation) -> String {
    let call = |index| call(operations, index);
    match violation {
        Violation::FromNowhere { read } => {
            format!("{} returned {}, which is the value of no put to the key", call(*read), found(operations, *read))
        }
        Violation::FromTheFuture { read, write } => {
            format!("{}, which began after {} had ended", returned_of(operations, *read, *write), call(*read))
        }
        Violation::Lost { read, seen } => {
            format!("{0} ended with NotFound, though {1} before {0} began", call(*read), had_been(operations, *seen))
        }
        Violation::Stale { read, old, newer, begun } => {
            let [get, begun, by, put] = [*read, *begun, newer.by, newer.write].map(call);
            let old_had_been = if old.by == old.write { "had ended" } else { "had returned it" };
            let newer_had_been = match (begun == by, by == put) {
                (true, true) => "ended".to_owned(),
                (true, false) => format!("returned the value of {put}"),
                (false, _) => format!("{by} had returned its value"),
            };
            format!(
                "{}, though {begun} began after {} {old_had_been}, and {newer_had_been} before {get} began",
                returned_of(operations, *read, old.write),
                call(old.by)
            )
        }
        Violation::Crossed { reads: [one, other], seen: [first, second] } => format!(
            "{}, after {}, and {}, after {}: each of the two values would have to be the older one",
            returned_of(operations, *one, first.write),
            had_been(operations, *second),
            returned_of(operations, *other, second.write),
            had_been(operations, *first)
        ),
    }
}

fn of_a_handle_that_went_back(operations: &[Operation], went_back: &WentBack) -> String {
    let WentBack { get, older, before, newer } = *went_back;
    let (returned, newer_one) = match older {
        Some(put) => (returned_of(operations, get, put), "the newer one"),
        None => (format!("{} ended with NotFound", call(operations, get)), "the value"),
    };
    let [before, newer] = [before, newer].map(|index| call(operations, index));
    format!("{returned}, though {before}, through the same handle, had returned {newer_one} of {newer}")
}

fn returned_of(operations: &[Operation], get: usize, put: usize) -> String {
    let [get_called, put_called] = [get, put].map(|index| call(operations, index));
    format!("{get_called} returned {}, the value of {put_called}", found(operations, get))
}

fn found(operations: &[Operation], get: usize) -> String {
    match operations[get].outcome() {
        Some(Outcome::Found(found)) => bytes::value(&found.val),
        _ => "nothing".to_owned(),
    }
}

/// Which call shows that a value had been there, and how.
fn had_been(operations: &[Operation], seen: Sighting) -> String {
    let [by, write] = [seen.by, seen.write].map(|index| call(operations, index));
    if seen.by == seen.write { format!("{by} had ended") } else { format!("{by} had returned the value of {write}") }
}

fn call_panicked(operations: &[Operation], index: usize) -> String {
    let said = match operations[index].outcome() {
        Some(Outcome::Panicked { message, .. }) => shortened(message),
        _ => "a panic without a message".to_owned(),
    };
    format!("{} {}: {said}", call(operations, index), ending(&operations[index]))
}

fn panicked(message: &str, history: &History) -> String {
    let noted = history.panics().into_iter().rfind(|panic| panic.message.starts_with(message));
    let (phase, message) =
        noted.map_or_else(|| (Phase::Calling, message.to_owned()), |panic| (panic.phase, panic.message));
    let who = match phase {
        Phase::Opening => "the factory panicked",
        Phase::Calling => "the store panicked",
        Phase::Dropping => "the store panicked when it was dropped",
        Phase::Ending => "it panicked when the world of the case ended",
    };
    format!("{who}: {}", shortened(&message))
}

/// A call that has not returned, though its own timeout passed long ago.
fn outlived(operations: &[Operation], index: usize, elapsed: Duration) -> String {
    let timeout = operations[index].options.timeout().unwrap_or_default();
    let is_other = |(other, operation): &(usize, &Operation)| *other != index && operation.ended.is_none();
    let others = operations.iter().enumerate().filter(is_other).count();
    let others = if others == 0 { String::new() } else { format!(", nor had {others} of the others") };
    format!(
        "{}, with a timeout of {}, had not returned after {}{others}",
        call(operations, index),
        duration(timeout),
        duration(elapsed)
    )
}

fn hung(operations: &[Operation], phase: Phase, deadline: Duration) -> String {
    let passed = format!("when the deadline of {} had passed", duration(deadline));
    let pending = operations.iter().rposition(|operation| operation.ended.is_none());
    match (phase, pending) {
        (Phase::Opening, _) => format!("the factory had not returned {passed}"),
        (Phase::Dropping, _) => format!("dropping the store had not ended {passed}"),
        (Phase::Ending, _) => format!("dropping what the factory shared and kept had not ended {passed}"),
        (Phase::Calling, Some(index)) => {
            let others = operations[..index].iter().filter(|operation| operation.ended.is_none()).count();
            let others = if others == 0 { String::new() } else { format!(", nor had {others} of the calls before it") };
            format!("{} had not returned {passed}{others}", call(operations, index))
        }
        (Phase::Calling, None) => format!("the case had not ended {passed}"),
    }
}

#[cfg(test)]
mod tests;
