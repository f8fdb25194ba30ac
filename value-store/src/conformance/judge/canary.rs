//! How long the machine takes for what stores do all the time.
//!
//! A machine that is overloaded, or whose disk is, keeps good stores waiting, and the suite has to tell that from stores
//! that take too long by themselves. So beside a case that takes a while, a canary now and then does what a store does: it
//! sleeps, hands over between threads, and brings a few bytes to the disk. Where it wakes late, or that takes long, the
//! machine is to blame: the case's deadline waits, and a call that failed for lack of time is held against nobody.

use std::fs::File;
use std::io::{self, Seek as _, Write as _};
use std::time::{Duration, Instant};

use crate::conformance::history::{Failure, Kind, Operation};
use crate::conformance::session::hand_over;
use crate::conformance::world::Scratch;

/// What the canary takes, from when it was to wake, on a machine that is overloaded: a hundred times as long as on one that
/// is not.
const SLOW: Duration = Duration::from_millis(100);

/// What the timeouts that stores have inside, or have for calls that come with none, last at least. One that fails a call
/// sooner is too short for a machine that is only busy.
const SHORTEST_OF_ITS_OWN: Duration = Duration::from_secs(1);

/// Every so-manieth time, the disk has its turn: it serves everybody, and is not to be kept busy by those who watch it.
const DISK_EVERY: usize = 10;

#[derive(Debug, Default)]
pub(crate) struct Canary {
    turns: usize,
    file: Option<File>,
    /// When it was slow, from when to when.
    slow: Vec<(Instant, Instant)>,
}

impl Canary {
    /// Does what stores do, once, after a sleep that was to end at `due`, and returns when that was done. A sleep that was
    /// ended before that was none.
    pub(crate) fn wake(&mut self, due: Instant) -> Instant {
        let woken = Instant::now();
        if woken < due {
            return woken;
        }
        hand_over();
        self.turns += 1;
        if self.turns.is_multiple_of(DISK_EVERY) {
            // Whether a disk takes it is the concern of the store that has its files there.
            let _ = self.sync();
        }
        let done = Instant::now();
        self.note(due, done);
        done
    }

    fn sync(&mut self) -> io::Result<()> {
        let file = match &mut self.file {
            Some(file) => file,
            none => none.insert(nameless_file_in(Scratch::new()?)?),
        };
        file.rewind()?;
        file.write_all(&self.turns.to_le_bytes())?;
        file.sync_all()
    }

    fn note(&mut self, begun: Instant, ended: Instant) {
        if ended.duration_since(begun) >= SLOW {
            self.slow.push((begun, ended));
        }
    }

    /// Why nothing can be told from this failure, if nothing can: a call failed after so long that a timeout of the store's
    /// own may have passed, and meanwhile the machine was overloaded.
    pub(crate) fn excuse(&self, failure: &Failure, operations: &[Operation]) -> Option<String> {
        let Failure::Unexpected { operation: index, .. } = failure else { return None };
        let operation = &operations[*index];
        let (ended, outcome) = operation.ended.as_ref()?;
        let elapsed = operation.elapsed()?;
        let is_out_of_time = outcome.is(Kind::Timeout) || outcome.is(Kind::Backend);
        let is_overloaded = self.was_slow(operation.begun.into_std(), ended.into_std());
        (is_out_of_time && elapsed >= SHORTEST_OF_ITS_OWN && is_overloaded).then(|| {
            format!(
                "the machine was overloaded, and {} {} failed after {elapsed:.1?}: it may have been kept from ending in \
                 time, so this case was not judged",
                operation.call.name(),
                index + 1,
            )
        })
    }

    fn was_slow(&self, from: Instant, to: Instant) -> bool {
        self.slow.iter().any(|&(begun, ended)| begun < to && from < ended)
    }
}

/// A file that nobody has to remove: the directory goes at once, and the name of the file with it, so that a process
/// that is killed later leaves nothing of it, where the system removes what is open.
fn nameless_file_in(scratch: Scratch) -> io::Result<File> {
    let file = File::create_new(scratch.path().join("canary"));
    drop(scratch);
    file
}

#[cfg(test)]
mod tests {
    use bytes::Bytes;
    use tokio::time::Instant as OnItsClock;

    use super::*;
    use crate::Options;
    use crate::conformance::history::{Call, Expected, Outcome, Refusal};

    const SECOND: Duration = Duration::from_secs(1);

    /// A canary that was slow for the second that begins so long after this moment.
    fn slow_after(start: Instant, wait: Duration) -> Canary {
        let mut canary = Canary::default();
        canary.note(start + wait, start + wait + SECOND);
        canary
    }

    /// A get that began at this moment and failed after so long.
    fn get(start: Instant, kind: Kind, elapsed: Duration) -> Operation {
        let begun = OnItsClock::from_std(start);
        let refusal = Refusal { kind, chain: Vec::new() };
        Operation {
            handle: 1,
            task: 1,
            call: Call::Get,
            key: Bytes::new(),
            options: Options::new().into(),
            begun,
            ended: Some((begun + elapsed, Outcome::Failed(refusal))),
            events: (0, Some(1)),
        }
    }

    fn is_excused(canary: &Canary, operation: Operation) -> bool {
        let failure = Failure::Unexpected { operation: 0, expected: Expected::Missing };
        canary.excuse(&failure, &[operation]).is_some()
    }

    #[test]
    fn a_call_that_the_machine_kept_from_ending_is_held_against_nobody() {
        let start = Instant::now();
        let (during, later) = (slow_after(start, SECOND), slow_after(start, 3 * SECOND));
        assert!(is_excused(&during, get(start, Kind::Timeout, 2 * SECOND)));
        assert!(is_excused(&during, get(start, Kind::Backend, 2 * SECOND)));
        assert!(!is_excused(&during, get(start, Kind::NotFound, 2 * SECOND)), "time has no part in it");
        assert!(!is_excused(&later, get(start, Kind::Timeout, 2 * SECOND)), "the machine was idle");
        assert!(
            !is_excused(&slow_after(start, Duration::ZERO), get(start, Kind::Timeout, SECOND / 2)),
            "much too soon"
        );
    }

    #[test]
    fn only_what_takes_long_is_slow() {
        let (mut canary, start) = (Canary::default(), Instant::now());
        canary.note(start, start + SLOW / 2);
        assert!(!canary.was_slow(start, start + SLOW));
        canary.note(start, start + SLOW);
        assert!(canary.was_slow(start, start + SLOW));
    }

    /// A machine that stops for a while stops the canary where it spends its time: asleep.
    #[test]
    fn to_be_woken_late_is_slow() {
        let (mut canary, start) = (Canary::default(), Instant::now());
        std::thread::sleep(SLOW);
        canary.wake(start);
        assert!(canary.was_slow(start, start + SLOW));
    }

    #[test]
    fn a_sleep_that_is_ended_early_says_nothing() {
        let mut canary = Canary::default();
        canary.wake(Instant::now() + SECOND);
        assert_eq!(canary.turns, 0);
    }

    #[cfg(unix)]
    #[test]
    fn the_file_is_there_for_as_long_as_it_is_open() {
        let scratch = Scratch::new().unwrap();
        let path = scratch.path().to_owned();
        let mut file = nameless_file_in(scratch).unwrap();
        assert!(!path.exists());
        file.write_all(b"content").unwrap();
        assert_eq!(file.metadata().unwrap().len(), 7);
    }

    #[test]
    fn the_disk_has_its_turn() {
        let mut canary = Canary::default();
        for _ in 0..DISK_EVERY {
            canary.wake(Instant::now());
        }
        let written = canary.file.and_then(|file| file.metadata().ok()).map(|file| file.len());
        assert_eq!(written, Some(size_of::<usize>() as u64));
    }
}
