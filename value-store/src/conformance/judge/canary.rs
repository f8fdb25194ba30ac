//! A canary: it finds out whether the machine is overloaded.
//!
//! An overloaded machine or disk keeps good stores waiting. The suite has to tell that from stores that are slow by
//! themselves. So while a case runs, the canary probes the machine: it does what a store does, which is to sleep, to hand
//! over between threads and, now and then, to sync a few bytes to the disk. If a probe takes long, the machine is to blame.
//! The time of the probe does not count towards the deadline of the case, and a call that failed for lack of time is held
//! against nobody.

use std::fs::File;
use std::io::{self, Seek as _, Write as _};
use std::time::{Duration, Instant};

use crate::conformance::history::{Failure, Kind, Operation};
use crate::conformance::session::hand_over;
use crate::conformance::world::Scratch;

/// A probe that takes this long, from when the sleep was due to end, shows an overloaded machine. Otherwise a probe takes a
/// hundredth of this.
const SLOW: Duration = Duration::from_millis(100);

/// A probe that takes less than this shows a machine that answers quickly.
const QUICK: Duration = Duration::from_millis(5);

/// The shortest timeout that a store should use internally, or for calls without a timeout. A shorter one is a fault of the
/// store: it would fail calls on a machine that is merely busy.
const SHORTEST_OWN_TIMEOUT: Duration = Duration::from_secs(1);

/// Only every tenth probe syncs: the disk is shared.
const DISK_EVERY: usize = 10;

#[derive(Debug, Default)]
pub(crate) struct Canary {
    probes: usize,
    /// Whether the last wake was one with a quick probe.
    is_at_leisure: bool,
    file: Option<File>,
    /// The begins and ends of the slow probes.
    slow: Vec<(Instant, Instant)>,
}

impl Canary {
    /// Probes the machine after a sleep that was due to end at `due`, and returns when the probe was done. A sleep that was
    /// interrupted before `due` shows nothing, so there is no probe then.
    pub(crate) fn wake(&mut self, due: Instant) -> Instant {
        let woken = Instant::now();
        if woken < due {
            self.is_at_leisure = false;
            return woken;
        }
        hand_over();
        self.probes += 1;
        if self.probes.is_multiple_of(DISK_EVERY) {
            // Whether it succeeds does not matter here, only how long it takes.
            let _ = self.sync();
        }
        let done = Instant::now();
        self.note(due, done);
        self.is_at_leisure = done.duration_since(due) < QUICK;
        done
    }

    /// Whether the case went on after the last wake, and the machine answered quickly then.
    pub(super) fn is_at_leisure(&self) -> bool {
        self.is_at_leisure
    }

    fn sync(&mut self) -> io::Result<()> {
        let file = match &mut self.file {
            Some(file) => file,
            none => none.insert(unlinked_file_in(Scratch::new()?)?),
        };
        file.rewind()?;
        file.write_all(&self.probes.to_le_bytes())?;
        file.sync_all()
    }

    pub(super) fn note(&mut self, begun: Instant, ended: Instant) {
        if ended.duration_since(begun) >= SLOW {
            self.slow.push((begun, ended));
        }
    }

    /// The reason not to judge this failure, if there is one: a call failed after so long that a timeout inside the
    /// store may have passed, and the machine was overloaded meanwhile.
    pub(crate) fn excuse(&self, failure: &Failure, operations: &[Operation]) -> Option<String> {
        let Failure::Unexpected { operation: index, .. } = failure else { return None };
        let operation = &operations[*index];
        let (ended, outcome) = operation.ended.as_ref()?;
        let elapsed = operation.elapsed()?;
        let is_out_of_time = outcome.is(Kind::Timeout) || outcome.is(Kind::Backend);
        let is_overloaded = self.was_slow(operation.begun.into_std(), ended.into_std());
        (is_out_of_time && elapsed >= SHORTEST_OWN_TIMEOUT && is_overloaded).then(|| {
            format!(
                "the machine was overloaded, and {} {} failed after {elapsed:.1?}: it may have been kept from ending in time",
                operation.call.name(),
                index + 1,
            )
        })
    }

    fn was_slow(&self, from: Instant, to: Instant) -> bool {
        !self.slow_time(from, to).is_zero()
    }

    /// How much of this time went to slow probes, at most.
    pub(super) fn slow_time(&self, from: Instant, to: Instant) -> Duration {
        self.slow.iter().map(|&(begun, ended)| ended.min(to).saturating_duration_since(begun.max(from))).sum()
    }
}

/// An unlinked file: it disappears with the process, even if that is killed. This holds on systems that can remove an open
/// file.
fn unlinked_file_in(scratch: Scratch) -> io::Result<File> {
    let file = File::create_new(scratch.path().join("canary"));
    drop(scratch);
    file
}

#[cfg(test)]
mod tests {
    use bytes::Bytes;
    use tokio::time::Instant as TokioInstant;

    use super::*;
    use crate::Options;
    use crate::conformance::history::{Call, Expected, Outcome, Refusal};

    const SECOND: Duration = Duration::from_secs(1);

    /// A canary with one slow probe, which took a second and began `wait` after `start`.
    fn slow_after(start: Instant, wait: Duration) -> Canary {
        let mut canary = Canary::default();
        canary.note(start + wait, start + wait + SECOND);
        canary
    }

    /// A get that began at `start` and failed after `elapsed`.
    fn get(start: Instant, kind: Kind, elapsed: Duration) -> Operation {
        let begun = TokioInstant::from_std(start);
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
    fn only_a_long_probe_is_slow() {
        let (mut canary, start) = (Canary::default(), Instant::now());
        canary.note(start, start + SLOW / 2);
        assert!(!canary.was_slow(start, start + SLOW));
        canary.note(start, start + SLOW);
        assert!(canary.was_slow(start, start + SLOW));
    }

    /// A machine that stops for a while most likely does so while the canary sleeps.
    #[test]
    fn waking_late_is_slow() {
        let (mut canary, start) = (Canary::default(), Instant::now());
        std::thread::sleep(SLOW);
        canary.wake(start);
        assert!(canary.was_slow(start, start + SLOW));
    }

    #[test]
    fn an_interrupted_sleep_is_no_probe() {
        let mut canary = Canary::default();
        canary.wake(Instant::now() + SECOND);
        assert_eq!(canary.probes, 0);
    }

    #[cfg(unix)]
    #[test]
    fn the_file_is_unlinked_and_usable() {
        let scratch = Scratch::new().unwrap();
        let path = scratch.path().to_owned();
        let mut file = unlinked_file_in(scratch).unwrap();
        assert!(!path.exists());
        file.write_all(b"content").unwrap();
        assert_eq!(file.metadata().unwrap().len(), 7);
    }

    #[test]
    fn every_tenth_probe_syncs() {
        let mut canary = Canary::default();
        for _ in 0..DISK_EVERY {
            canary.wake(Instant::now());
        }
        let written = canary.file.and_then(|file| file.metadata().ok()).map(|file| file.len());
        assert_eq!(written, Some(size_of::<usize>() as u64));
    }
}
