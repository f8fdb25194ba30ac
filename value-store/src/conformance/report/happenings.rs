//! What happened beside the calls, in words, for the lines between them.

use super::operations::duration;
use crate::conformance::history::{Happening, Operation};

/// The happenings to show, each with its event: those between the first call and the end of the last. Handles are named only
/// if there are several at a time.
pub(super) fn shown(operations: &[Operation], happenings: &[(u64, Happening)]) -> Vec<(u64, String)> {
    let first = operations.first().map_or(u64::MAX, |operation| operation.events.0);
    let last = operations.iter().map(|operation| operation.events.1.unwrap_or(u64::MAX)).max().unwrap_or(0);
    let mut shown = Vec::new();
    for (place, (event, happening)) in happenings.iter().enumerate() {
        let next = happenings.get(place + 1).map(|(_, next)| next);
        let previous = place.checked_sub(1).map(|previous| &happenings[previous].1);
        // A restart drops a handle and opens another.
        let goes_without_saying = match happening {
            Happening::Dropped { .. } => matches!(next, Some(Happening::Restarted { .. } | Happening::Ended { .. })),
            Happening::Opened { .. } => matches!(previous, Some(Happening::Restarted { .. })),
            _ => false,
        };
        if (first..last).contains(event) && !goes_without_saying {
            shown.push((*event, worded(*happening)));
        }
    }
    shown
}

fn worded(happening: Happening) -> String {
    match happening {
        Happening::Opened { handle, .. } => format!("handle {handle} is opened"),
        Happening::Dropped { handle } => format!("handle {handle} is dropped"),
        Happening::Restarted { .. } => "the store is closed and opened again".to_owned(),
        Happening::Ended { .. } => "the world ends".to_owned(),
        Happening::Stalled { .. } => "the backend stalls".to_owned(),
        Happening::Stepped { .. } => "each stalled call may go one step on".to_owned(),
        Happening::Cut { .. } => "the backend is cut off".to_owned(),
        Happening::Healed { .. } => "the backend is back".to_owned(),
        Happening::Waited(time) => format!("{} pass", duration(time)),
    }
}
