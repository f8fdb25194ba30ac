//! What went against the rule, in one sentence.

use std::time::Duration;

use super::bytes;
use super::operations::{duration, found_in, refusal};
use crate::conformance::failure::{Expected, Failure};
use crate::conformance::history::{Call, History, Operation, Outcome, Phase};

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
        Failure::Panicked { message } => panicked(message, history),
        Failure::Hung { deadline } => hung(operations, history.phase(), *deadline),
        Failure::NotOpened { chain } => format!("the factory returned an error: {}", chain.join(": caused by: ")),
        Failure::Needs { setting } => format!("the case cannot run: it needs {setting}"),
        Failure::Passed { name, reason } if name.contains("::") => {
            format!("it was expected to fail ({reason}): remove `{name}` from expect_failure(…) in the attribute")
        }
        Failure::Passed { name, reason } => format!(
            "it was expected to fail ({reason}): remove `{name}` from expect_failure(…) in the attribute, or name those \
             cases of it that do fail"
        ),
    }
}

/// A call by its name and number: `get 3`.
fn call(operations: &[Operation], index: usize) -> String {
    let name = operations[index].call.name();
    format!("{name} {}", index + 1)
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
        (Expected::OrTimeout(expected), Some(Outcome::Failed(_))) => {
            format!("{}, and not with Timeout either", unexpected(operations, index, expected))
        }
        (Expected::OrMissing(expected) | Expected::OrTimeout(expected), _) => unexpected(operations, index, expected),
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
        (Expected::ValueRefused, Some(Outcome::Stored)) => {
            format!("{call} said Ok to a value longer than max_value_len")
        }
        (_, outcome) => format!("{call} ended with {outcome:?}, which no {call} can"),
    }
}

/// The value of a get, told from the one that was expected even where both are shown by their lengths.
fn returned(operations: &[Operation], index: usize, got: &[u8], expected: &Expected) -> String {
    let shown = bytes::value(got);
    match expected {
        Expected::Value(value) if bytes::value(value) == shown => match found_in(operations, index) {
            Some(put) => format!("the {shown} of put {}", put + 1),
            None => format!("{} other bytes", got.len()),
        },
        _ => shown,
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
        Expected::Missing => match found_in(operations, index) {
            Some(put) => format!(" for a key that was never put: it is the value that put {} stored", put + 1),
            None => ", and not with NotFound, for a key that was never put".to_owned(),
        },
        Expected::Stored => ", and not with Ok".to_owned(),
        Expected::AnyValue => ", where the key has a value".to_owned(),
        Expected::OneOf(values) => match values.as_slice() {
            [only] => format!(", which is not {}", bytes::value(only)),
            [old, new] => format!(", which is neither {} nor {}", bytes::value(old), bytes::value(new)),
            values => format!(", which is none of the {} values that it may return here", values.len()),
        },
        Expected::KeyRefused => ", and not with InvalidKey, for a key longer than max_key_len".to_owned(),
        Expected::KeyRefusedOrMissing => ", for a key longer than max_key_len".to_owned(),
        Expected::ValueRefused => ", and not with InvalidValue, for a value longer than max_value_len".to_owned(),
        Expected::OrMissing(expected) | Expected::OrTimeout(expected) => instead_of(operations, index, expected),
    }
}

fn panicked(message: &str, history: &History) -> String {
    let noted = history.panics().into_iter().rfind(|(_, noted)| noted.starts_with(message));
    let (phase, message) = noted.unwrap_or_else(|| (Phase::Calling, message.to_owned()));
    let who = match phase {
        Phase::Opening => "the factory panicked",
        Phase::Calling => "the store panicked",
        Phase::Dropping => "the store panicked when it was dropped",
        Phase::Ending => "it panicked when the world of the case ended",
    };
    format!("{who}: {message}")
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
