//! Leaves out the timeout that the suite gives calls by itself, so that they do not run out of time, unless it may have to
//! do with the failure.
//!
//! A reader would take it for a part of what went wrong. It may be one in three ways:
//!
//! - The call to blame ended too early, too late or with `Timeout`: then every timeout counts, since it may be the wrong one
//!   that was taken.
//! - A call that has it ended with `Timeout` all the same, or has not ended.
//! - Nothing that has it went well: then it may be what the store cannot take, though it says something else.

use crate::Options;
use crate::conformance::history::{Failure, Kind, Operation, Outcome};
use crate::conformance::session::PATIENCE;

/// The calls as they are shown.
pub(super) fn without_idle_patience(failure: &Failure, mut operations: Vec<Operation>) -> Vec<Operation> {
    let is_patient = |operation: &Operation| operation.options.timeout() == Some(PATIENCE);
    let may_matter = !operations.iter().any(|operation| is_patient(operation) && went_well(operation));
    if may_matter || is_about_time(failure, &operations) {
        return operations;
    }
    let ended_in_time = |operation: &Operation| operation.ended.is_some() && !has_timed_out(operation);
    for operation in operations.iter_mut().filter(|operation| is_patient(operation) && ended_in_time(operation)) {
        operation.options = without_timeout(&operation.options).into();
    }
    operations
}

fn is_about_time(failure: &Failure, operations: &[Operation]) -> bool {
    match failure {
        Failure::Early { .. } | Failure::Late { .. } => true,
        _ => failure.operations().iter().any(|index| has_timed_out(&operations[*index])),
    }
}

fn has_timed_out(operation: &Operation) -> bool {
    operation.outcome().is_some_and(|outcome| outcome.is(Kind::Timeout))
}

/// Whether the store took the call with its options.
fn went_well(operation: &Operation) -> bool {
    let Some(outcome) = operation.outcome() else { return false };
    matches!(outcome, Outcome::Stored | Outcome::Found(_)) || outcome.is(Kind::NotFound)
}

fn without_timeout(options: &Options) -> Options {
    options.iter().fold(Options::new(), |options, (name, value)| options.with(name, value.clone()))
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;
    use crate::conformance::history::{Call, Expected, History, Refusal};
    use crate::conformance::session::GENEROUS;

    fn failed(kind: Kind) -> Outcome {
        Outcome::Failed(Refusal { kind, chain: Vec::new() })
    }

    /// Which of these gets are shown with a timeout, if the last one is to blame.
    fn shown<const N: usize>(gets: [(Option<Duration>, Outcome); N]) -> [bool; N] {
        let history = History::new();
        for (timeout, outcome) in gets {
            let options = Options::new().with("quorum", 1);
            let options = timeout.map_or(options.clone(), |timeout| options.with_timeout(timeout));
            let index = history.begin(1, Call::Get, "k".into(), options.into());
            history.end(index, outcome);
        }
        let failure = Failure::Unexpected { operation: N - 1, expected: Expected::Missing };
        let operations = without_idle_patience(&failure, history.operations());
        assert!(operations.iter().all(|operation| operation.options.get("quorum").is_some()), "the rest is kept");
        let shown: Vec<_> = operations.iter().map(|operation| operation.options.timeout().is_some()).collect();
        shown.try_into().unwrap()
    }

    #[test]
    fn patience_is_shown_only_where_it_may_matter() {
        let [patient, generous] = [Some(PATIENCE), Some(GENEROUS)];
        let missed = || failed(Kind::NotFound);
        let [backend, timeout] = [Kind::Backend, Kind::Timeout].map(|kind| move || failed(kind));
        assert_eq!(shown([(patient, missed()), (patient, backend())]), [false, false], "others had it, too");
        assert_eq!(shown([(generous, missed()), (patient, missed())]), [true, false], "a case set the other one");
        assert_eq!(shown([(None, missed()), (patient, backend())]), [false, true], "perhaps for the timeout");
        assert_eq!(shown([(patient, timeout()), (patient, missed())]), [true, false], "it did not wait so long");
        assert_eq!(shown([(patient, missed()), (patient, timeout())]), [true, true], "it is about time");
    }

    #[test]
    fn patience_is_shown_on_a_call_that_hangs() {
        let history = History::new();
        let options = std::sync::Arc::new(Options::new().with_timeout(PATIENCE));
        let ended = history.begin(1, Call::Get, "k".into(), options.clone());
        history.end(ended, failed(Kind::NotFound));
        history.begin(1, Call::Get, "k".into(), options);
        let failure = Failure::Hung { deadline: Duration::from_secs(30), outlived: None };
        let operations = without_idle_patience(&failure, history.operations());
        let shown = [0, 1].map(|index: usize| operations[index].options.timeout().is_some());
        assert_eq!(shown, [false, true]);
    }
}
