//! Why a call did not end when its timeout passed, and at no other time.

use std::time::Duration;

use super::left_behind::{of_what_failed, of_what_was_given_up};
use crate::conformance::history::{Happening, Kind, Operation, Outcome};
use crate::conformance::report::evidence::{Evidence, has_outlived_its_timeout, is_put};
use crate::conformance::report::operations::{call, duration};

/// Milliseconds of 16 bits, and seconds of 8 bits, end a little later.
const LONG: Duration = Duration::from_secs(60);

/// The call ended with `Timeout` before its timeout had passed.
pub(super) fn of_an_early_end(evidence: &Evidence<'_>, index: usize, timeout: Duration) -> String {
    let told = if is_cut_off(evidence, index) {
        OF_A_CUT
    } else if timeout >= LONG {
        "does so long a timeout overflow on its way?"
    } else {
        "is the timeout rounded down on its way, or cut to a coarser unit?"
    };
    told.to_owned()
}

const OF_A_CUT: &str =
    "the backend was cut off, and no timeout had passed: is each failure to reach it told as Timeout?";

/// Whether a cut was the last thing that happened to the backend before the call ended.
fn is_cut_off(evidence: &Evidence<'_>, index: usize) -> bool {
    matches!(evidence.outages(index).last(), Some((_, Happening::Cut { .. })))
}

/// The call ended too late each time.
pub(super) fn of_a_late_end(evidence: &Evidence<'_>, index: usize, timeout: Duration) -> String {
    let (calls, operation) = (evidence.operations, &evidence.operations[index]);
    let ended_with_timeout = operation.outcome().is_some_and(|outcome| outcome.is(Kind::Timeout));
    let took = operation.elapsed().unwrap_or_default();
    let is_longer = |other: &Operation| other.options.timeout().is_some_and(|longer| longer >= took);
    let about = if calls.iter().any(|other| other.runs_beside(operation)) {
        "is the time that it waits for other calls left out?".to_owned()
    } else if took < timeout * 3 {
        "do retries or phases each have the whole of it, or is a part of the call outside of it?".to_owned()
    } else if ended_with_timeout {
        "is it looked at only when the work is done?".to_owned()
    } else if operation.options.iter().next().is_some() {
        "does the option beside it hide it?".to_owned()
    } else if let Some(longer) = calls[..index].iter().rposition(is_longer) {
        format!("is the longer one of {} used?", call(calls, longer))
    } else {
        format!("is {} taken for no timeout, or rounded up?", duration(timeout))
    };
    format!("the timeout has to bound the whole call: {about}")
}

/// The call ended with `Timeout`, and should not have.
pub(super) fn of_a_timeout(evidence: &Evidence<'_>, index: usize) -> Option<String> {
    let operation = &evidence.operations[index];
    let took = operation.elapsed()?;
    match operation.options.timeout() {
        Some(timeout) if took >= timeout => {
            of_what_failed(evidence, index).or_else(|| of_what_was_given_up(evidence, index))
        }
        _ if is_cut_off(evidence, index) => Some(OF_A_CUT.to_owned()),
        Some(timeout) => Some(match timeout_of_another(evidence, index) {
            Some(other) => format!("the timeout had not passed: {other}"),
            None if timeout >= LONG => "the timeout had not passed: does it overflow on its way?".to_owned(),
            None => "the timeout had not passed: is it cut on its way, or another error taken for Timeout?".to_owned(),
        }),
        None if operation.options.iter().next().is_some() => Some(if evidence.needs_all() {
            "the call has no timeout, and does not time out without its option: is that taken for a timeout?".to_owned()
        } else {
            "the call has no timeout: is its option taken for one?".to_owned()
        }),
        None => Some(match timeout_of_another(evidence, index) {
            Some(other) => format!("the call has no timeout: {other}"),
            None => "the call has no timeout: has one passed that the store sets itself?".to_owned(),
        }),
    }
}

/// Another call whose timeout may have been used: one that runs beside this call, or else the last one before it. Its timeout
/// is shorter than that of this one.
fn timeout_of_another(evidence: &Evidence<'_>, index: usize) -> Option<String> {
    let (calls, operation) = (evidence.operations, &evidence.operations[index]);
    let own = operation.options.timeout().unwrap_or(Duration::MAX);
    let took = operation.elapsed().unwrap_or_default();
    let may_have_passed = |other: &Operation| {
        other.options.timeout().is_some_and(|timeout| timeout < own && timeout <= took.max(Duration::from_millis(1)))
    };
    let beside = calls.iter().position(|other| may_have_passed(other) && other.runs_beside(operation));
    let other = beside.or_else(|| calls[..index].iter().rposition(may_have_passed))?;
    Some(format!("is that of {} used?", call(calls, other)))
}

/// The call, or the end of the case, was waited for until the deadline.
pub(super) fn of_a_hang(evidence: &Evidence<'_>, deadline: Duration) -> Option<String> {
    let calls = evidence.operations;
    let pending: Vec<usize> = (0..calls.len()).filter(|index| calls[*index].ended.is_none()).collect();
    let Some(first) = pending.first().copied() else {
        return of_what_was_given_up(evidence, calls.len());
    };
    let was_put = |index: &usize| evidence.last_put(*index).is_some_and(|put| shares_a_world(evidence, put, *index));
    let is_miss = |index: &usize| !is_put(&calls[*index]) && !was_put(index);
    of_a_stuck_call(evidence, &pending)
        .or_else(|| of_an_outage(evidence, first))
        .or_else(|| of_what_was_given_up(evidence, first))
        .or_else(|| {
            let told =
                "what has not ended is a get of a key without a value: that ends with NotFound, and waits for no put";
            pending.iter().all(is_miss).then(|| told.to_owned())
        })
        .or_else(|| {
            let count = pending.len();
            (count > 1).then(|| {
                format!("{count} calls ran at the same time, and none has ended: do they wait for each other?")
            })
        })
        .or_else(|| of_slow_calls(calls, first, deadline))
}

/// One call is stuck at the backend, and another, which could reach it, has not ended either.
fn of_a_stuck_call(evidence: &Evidence<'_>, pending: &[usize]) -> Option<String> {
    let is_open = |(_, happening): &&(u64, Happening)| matches!(happening, Happening::OpenToNew { .. });
    let (opened, _) = evidence.happenings.iter().rfind(is_open)?;
    let begun = |index: usize| evidence.operations[index].events.0;
    let [stuck, other] = [
        pending.iter().find(|stuck| begun(**stuck) < *opened)?,
        pending.iter().find(|other| begun(**other) > *opened)?,
    ];
    let [stuck, other] = [*stuck, *other].map(|index| call(evidence.operations, index));
    Some(format!("{stuck} is stuck at the backend, and {other} is not: does it wait for {stuck}?"))
}

/// The call began before the end of an outage.
fn of_an_outage(evidence: &Evidence<'_>, pending: usize) -> Option<String> {
    let outages = evidence.outages(pending);
    let (end, _) = outages.last().filter(|(_, last)| matches!(last, Happening::Healed { .. }))?;
    let outage = outages.iter().rfind(|(_, outage)| !matches!(outage, Happening::Healed { .. }));
    let told = match outage.filter(|_| evidence.operations[pending].events.0 < *end)? {
        (_, Happening::Cut { .. }) => {
            "the backend was cut off, and is back: does the call wait for an answer that is lost?"
        }
        _ => "the backend stalled, and is back: is a call that waited for it forgotten?",
    };
    Some(told.to_owned())
}

/// Whether the handles of two calls belong to one world.
fn shares_a_world(evidence: &Evidence<'_>, one: usize, other: usize) -> bool {
    let world = |index: usize| {
        let handle = evidence.operations[index].handle;
        evidence.happenings.iter().find_map(|(_, happening)| match happening {
            Happening::Opened { handle: opened, world } if *opened == handle => Some(*world),
            _ => None,
        })
    };
    world(one) == world(other)
}

/// The calls before this one took a good part of the deadline.
fn of_slow_calls(calls: &[Operation], pending: usize, deadline: Duration) -> Option<String> {
    let took = calls[pending].begun.duration_since(calls[0].begun);
    (took >= deadline / 4).then(|| {
        format!("the calls before it took {}: if the store is only slow, give it a longer `deadline`", duration(took))
    })
}

/// Whether the call should have ended with `Timeout`, and ended with another error.
pub(super) fn is_instead_of_timeout(operation: &Operation, outcome: &Outcome) -> bool {
    let is_zero = operation.options.timeout().is_some_and(|timeout| timeout.is_zero());
    let has_passed = has_outlived_its_timeout(operation);
    outcome.is(Kind::NotFound) && has_passed || outcome.is(Kind::Backend) && (has_passed || is_zero)
}
