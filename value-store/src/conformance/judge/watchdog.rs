//! Waits for a case until its deadline. Delays of the machine do not count.

use std::sync::mpsc::{Receiver, RecvTimeoutError};
use std::time::{Duration, Instant};

use crate::conformance::history::Verdict;

/// The wait for a case is made of steps. They are so short that the canary probes the machine a few times each second.
const LONGEST_STEP: Duration = Duration::from_millis(300);
const SHORTEST_STEP: Duration = Duration::from_millis(1);

/// The first step is shorter, so that it is soon seen whether the case waits while the machine has nothing to do.
const FIRST_STEP: Duration = Duration::from_millis(50);

/// Waits for a verdict until the deadline, and returns `None` if there is none by then.
///
/// The wait is made of short steps. Each counts for its nominal length, however long it takes, and after each the canary
/// probes the machine, which does not count. So while the machine stops, asleep or overloaded, the deadline stops, too.
///
/// The canary gets the moment when the step was due to end, and returns the moment when its probe was done. The next step
/// begins at that moment, and the first one when the case began. There is no gap between two steps: wherever the machine
/// stops, a step ends late, and the canary sees it.
pub(super) fn wait(
    receiver: &Receiver<Verdict>,
    begun: Instant,
    deadline: Duration,
    mut canary: impl FnMut(Instant) -> Instant,
) -> Option<Verdict> {
    let longest = (deadline / 100).clamp(SHORTEST_STEP, LONGEST_STEP);
    let (mut left, mut looked, mut step) = (deadline, begun, longest.min(FIRST_STEP));
    while !left.is_zero() {
        let due = looked + step.min(left);
        let waited = receiver.recv_timeout(due.saturating_duration_since(Instant::now()));
        looked = canary(due);
        match waited {
            Ok(verdict) => return Some(verdict),
            Err(RecvTimeoutError::Timeout) => {}
            Err(RecvTimeoutError::Disconnected) => unreachable!("a case sends a verdict even when it panics"),
        }
        left = left.saturating_sub(step);
        step = longest;
    }
    None
}

#[cfg(test)]
mod tests {
    use std::sync::mpsc::channel;

    use super::*;

    #[test]
    fn probes_do_not_count_towards_the_deadline() {
        let (sender, receiver) = channel();
        let (deadline, mut probes) = (Duration::from_millis(50), 0);
        let verdict = wait(&receiver, Instant::now(), deadline, |_| {
            probes += 1;
            if probes == 10 {
                std::thread::sleep(deadline);
                sender.send(Ok(())).unwrap();
            }
            Instant::now()
        });
        assert!(verdict.is_some_and(|verdict| verdict.is_ok()));
    }

    #[test]
    fn the_steps_add_up_to_the_deadline() {
        let (_sender, receiver) = channel();
        for (deadline, steps) in [(50, 50), (10, 10), (300, 100)] {
            let mut probes = 0;
            let count = |_| {
                probes += 1;
                Instant::now()
            };
            assert!(wait(&receiver, Instant::now(), Duration::from_millis(deadline), count).is_none());
            assert_eq!(probes, steps);
        }
    }

    /// The machine may stop a thread anywhere, also between two steps.
    #[test]
    fn each_step_begins_where_the_last_probe_ended() {
        let (_sender, receiver) = channel();
        let mut looked = Instant::now();
        let verdict = wait(&receiver, looked, SHORTEST_STEP * 20, |due| {
            assert_eq!(due.duration_since(looked), SHORTEST_STEP);
            looked = Instant::now();
            looked
        });
        assert!(verdict.is_none());
    }
}
