//! What happened beside the calls, in words, for the lines between them.

use super::operations::duration;
use crate::conformance::history::{Happening, Operation};
use crate::conformance::world::{Fault, Moment, Neighbours};

/// The happenings to show, each with its event: those until the end of the last call. That handles are opened before the first
/// call goes without saying.
pub(super) fn shown(operations: &[Operation], happenings: &[(u64, Happening)]) -> Vec<(u64, String)> {
    let first = operations.first().map_or(u64::MAX, |operation| operation.events.0);
    let begins =
        |(event, happening): &&(u64, Happening)| *event < first && matches!(happening, Happening::Opened { .. });
    let opened = happenings.iter().take_while(begins).count();
    let last_begin = operations.iter().map(|operation| operation.events.0).max().unwrap_or(0);
    let last = operations.iter().map(|operation| operation.events.1.unwrap_or(u64::MAX)).max().unwrap_or(0);
    let mut shown = Vec::new();
    for (place, (event, happening)) in happenings.iter().enumerate().skip(opened) {
        let next = happenings.get(place + 1).map(|(_, next)| next);
        let mut before = happenings[..place].iter().rev().map(|(_, before)| before);
        let previous = before.find(|before| !matches!(before, Happening::Dropped { .. }));
        let goes_without_saying = match happening {
            Happening::Dropped { .. } if *event > last_begin => true,
            Happening::Dropped { .. } => {
                matches!(next, Some(Happening::Restarted { .. } | Happening::Ended { .. }))
                    || matches!(previous, Some(Happening::Killed { .. }))
            }
            // Both drop a handle and open another.
            Happening::Opened { .. } => {
                matches!(previous, Some(Happening::Restarted { .. } | Happening::Killed { .. }))
            }
            _ => false,
        };
        if *event < last && !goes_without_saying {
            let mut after = happenings[place + 1..].iter().map(|(_, after)| after);
            let is_opened_next = after
                .find(|after| !matches!(after, Happening::Dropped { .. }))
                .is_none_or(|after| matches!(after, Happening::Opened { .. }));
            shown.push((*event, worded(happening, is_opened_next)));
        }
    }
    shown
}

fn worded(happening: &Happening, is_opened_next: bool) -> String {
    match happening {
        Happening::Opened { handle, .. } => format!("handle {handle} is opened"),
        Happening::NotOpened { .. } => "the store cannot be opened".to_owned(),
        Happening::Dropped { handle } => format!("handle {handle} is dropped"),
        Happening::Restarted { .. } => "the store is closed and opened again".to_owned(),
        Happening::Killed { moment, power_loss: None, .. } => {
            let then = if is_opened_next { ", and another opens the store" } else { "" };
            format!("{} the process is killed{then}", at(moment)).trim_start().to_owned()
        }
        Happening::Killed { moment, power_loss: Some(power_loss), .. } => {
            let then = if is_opened_next { ", and another process opens the store" } else { "" };
            let gone = format!("{} the power goes{then}", at(moment));
            gone.trim_start().to_owned() + &unsynced(&power_loss.unsynced)
        }
        Happening::Fails { fault, moment, .. } => format!("{} {}", at(moment), failing(*fault)).trim_start().to_owned(),
        Happening::Well { .. } => "the disk is well again".to_owned(),
        Happening::Ended { .. } => "the world ends".to_owned(),
        Happening::Stalled { .. } => "the backend stalls".to_owned(),
        Happening::Stepped { .. } => "each stalled call may go one step on".to_owned(),
        Happening::OpenToNew { .. } => "the backend is back for new calls, and those that stalled wait on".to_owned(),
        Happening::Cut { .. } => "the backend is cut off".to_owned(),
        Happening::Healed { .. } => "the backend is back".to_owned(),
        Happening::Waited(time) => format!("{} pass", duration(*time)),
    }
}

/// When something happens, if that is not at once.
fn at(moment: &Moment) -> String {
    let Moment::Before { neighbours: Neighbours { done, next }, is_amid, .. } = moment else {
        let Moment::After(time) = moment else { return String::new() };
        return if time.is_zero() { String::new() } else { format!("after {}", duration(*time)) };
    };
    match (done, next) {
        (_, Some(next)) if *is_amid => format!("amid `{next}`"),
        (Some(done), Some(next)) => format!("after `{done}` and before `{next}`"),
        (None, Some(next)) => format!("before `{next}`"),
        (Some(done), None) => format!("after `{done}`"),
        (None, None) => String::new(),
    }
}

/// What nobody had synced: the first few of it.
fn unsynced(all: &[String]) -> String {
    const SHOWN: usize = 4;
    let rest = all.len().saturating_sub(SHOWN);
    let more = if rest > 0 { format!(", and {rest} more") } else { String::new() };
    match all {
        [] => "; everything had been synced".to_owned(),
        _ => format!("; never synced: {}{more}", all[..all.len().min(SHOWN)].join(", ")),
    }
}

fn failing(fault: Fault) -> &'static str {
    match fault {
        Fault::Full => "the disk is full",
        Fault::FailedWrites => "the disk fails to write",
        Fault::FailedReads => "the disk fails to read",
        Fault::FailedSyncs => "the disk fails to sync",
        Fault::Stalled => "the disk hangs",
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Options;
    use crate::conformance::history::{Call, History, Outcome};

    fn opened(handle: usize) -> Happening {
        Happening::Opened { handle, world: 1 }
    }

    fn restarted(history: &History, handle: usize) {
        for happening in [Happening::Dropped { handle }, Happening::Restarted { world: 1 }, opened(handle + 1)] {
            history.happens(happening);
        }
    }

    /// What is shown of a put and of what happens before it, while it runs, and when it has ended.
    fn shown_of([before, amid, after]: [&dyn Fn(&History); 3]) -> Vec<String> {
        let history = History::new();
        before(&history);
        let put = history.begin(1, Call::Put("v".into()), "k".into(), Options::new().into());
        amid(&history);
        history.end(put, Outcome::Stored);
        after(&history);
        shown(&history.operations(), &history.happenings()).into_iter().map(|(_, happening)| happening).collect()
    }

    #[test]
    fn what_happened_before_the_first_call_is_shown_except_that_handles_were_opened() {
        let nothing: &dyn Fn(&History) = &|_| {};
        let opened_twice = |history: &History| {
            history.happens(opened(1));
            history.happens(opened(2));
        };
        assert_eq!(shown_of([&opened_twice, nothing, nothing]), [""; 0]);
        let opened_again = |history: &History| {
            history.happens(opened(1));
            restarted(history, 1);
            history.happens(Happening::Cut { world: 1 });
        };
        let told = ["the store is closed and opened again", "the backend is cut off"];
        assert_eq!(shown_of([&opened_again, nothing, nothing]), told);
    }

    #[test]
    fn what_happened_during_the_last_call_is_shown_except_that_handles_were_dropped() {
        let nothing: &dyn Fn(&History) = &|_| {};
        let end = |history: &History| {
            history.happens(Happening::Healed { world: 1 });
            history.happens(Happening::Dropped { handle: 1 });
        };
        assert_eq!(shown_of([nothing, &end, nothing]), ["the backend is back"]);
        assert_eq!(shown_of([nothing, nothing, &end]), [""; 0]);
    }
}
