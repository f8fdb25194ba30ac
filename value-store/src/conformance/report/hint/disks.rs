//! Failures after a power loss, or on a disk that fails.

use super::super::evidence::{Evidence, has_found, is_put};
use super::super::operations::call;
use crate::conformance::history::{Failure, Happening, Kind, Outcome};
use crate::conformance::world::Fault;

/// The call failed after the power had gone or the disk had failed. Where that did not matter, the smallest run is without it.
pub(super) fn of_a_call(evidence: &Evidence<'_>, index: usize) -> Option<String> {
    let operation = &evidence.operations[index];
    let end = operation.events.1.unwrap_or(u64::MAX);
    let before = evidence.happenings.iter().filter(|(event, _)| *event < end).map(|(_, happening)| happening);
    let fault = before.clone().rev().find_map(|happening| match happening {
        Happening::Fails { fault, .. } => Some(*fault),
        _ => None,
    });
    let has_lost_power =
        before.clone().any(|happening| matches!(happening, Happening::Killed { power_loss: Some(_), .. }));
    let put = evidence.last_put(index).map(|put| (put, call(evidence.operations, put)));
    match (fault, put) {
        (Some(fault), Some((put, name))) if !is_put(operation) => of_a_fault(fault, evidence, [put, index], &name),
        (None, Some((put, name))) if has_lost_power && !is_put(operation) => {
            Some(of_a_power_loss(evidence, [put, index], &name))
        }
        _ => None,
    }
}

fn of_a_fault(fault: Fault, evidence: &Evidence<'_>, [put, get]: [usize; 2], name: &str) -> Option<String> {
    let [put, get] = [put, get].map(|index| &evidence.operations[index]);
    let is_stored = matches!(put.outcome(), Some(Outcome::Stored | Outcome::Superseded(_)));
    match fault {
        Fault::FailedReads if get.outcome().is_some_and(|outcome| outcome.is(Kind::NotFound)) => {
            Some("the disk failed to read: what cannot be read is an error, and not missing".to_owned())
        }
        Fault::FailedReads => Some("the disk failed to read: what cannot be read is an error, and no value".to_owned()),
        Fault::FailedSyncs if is_stored => Some(format!(
            "a sync had failed, and {name} returned Ok: what was to be written then is not on the disk, even if the next sync \
             says that all is well; it has to be written again"
        )),
        Fault::Full | Fault::FailedWrites if is_stored => Some(format!(
            "the disk took no more, and {name} returned Ok: was the value kept in memory, or written behind what had failed?"
        )),
        _ => None,
    }
}

fn of_a_power_loss(evidence: &Evidence<'_>, [put, get]: [usize; 2], name: &str) -> String {
    let is_one = |happening: &Happening| matches!(happening, Happening::Killed { power_loss: Some(_), .. });
    let is_stored = matches!(evidence.operations[put].outcome(), Some(Outcome::Stored | Outcome::Superseded(_)));
    match evidence.count([put, get], is_one) {
        _ if has_found(&evidence.operations[get]) && !is_stored => {
            "the power went amid a put: of what it wrote, any part may be on the disk, which a checksum can tell"
                .to_owned()
        }
        0 | 1 => format!(
            "the power went after {name} had returned Ok: does put wait until the system has synced what it wrote, and the name \
             of a new file?"
        ),
        _ => format!("since {name} the power went several times: is what is found on the disk changed in its place?"),
    }
}

/// The store could not be opened, or its factory panicked.
pub(super) fn of_an_opening(failure: &Failure, evidence: &Evidence<'_>) -> Option<String> {
    if !matches!(failure, Failure::NotOpened { .. } | Failure::Panicked { operation: None, .. }) {
        return None;
    }
    let mut before = evidence.happenings.iter().rev().map(|(_, happening)| happening);
    let told = match before.find(|happening| !matches!(happening, Happening::Dropped { .. }))? {
        Happening::Killed { power_loss: None, .. } => {
            "the process before was killed: what it leaves, a lock or the beginning of a record, must not keep the next one out"
        }
        Happening::Killed { .. } => {
            "the power went before: what nobody had synced may be there in part, and must not keep the next process out"
        }
        Happening::Well { .. } => {
            "the disk is well again: what was left when it failed, such as a part of a record, must not keep the store shut"
        }
        _ => return None,
    };
    Some(told.to_owned())
}
