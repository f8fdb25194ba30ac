//! The wait for a case, of which the machine's own delays do not count.

use std::sync::mpsc::{Receiver, RecvTimeoutError};
use std::time::{Duration, Instant};

use crate::conformance::history::Verdict;

/// What the wait for a case is made of: steps so short that the canary has a few turns in each second.
const LONGEST_STEP: Duration = Duration::from_millis(300);
const SHORTEST_STEP: Duration = Duration::from_millis(1);

/// Waits for so long as the machine gets things done. The wait is made of short ones, each of which counts for no more than
/// its length, and after each the canary wakes, which does not count: a machine that stops for a while, asleep or
/// overloaded, stops the deadline too. The canary is told when the wait was to end, and says when it has looked. The next
/// wait begins at that moment, the first when the case did, so that wherever the machine stops, a wait ends late.
pub(super) fn wait(
    receiver: &Receiver<Verdict>,
    begun: Instant,
    deadline: Duration,
    mut canary: impl FnMut(Instant) -> Instant,
) -> Option<Verdict> {
    let step = (deadline / 100).clamp(SHORTEST_STEP, LONGEST_STEP);
    let (mut left, mut looked) = (deadline, begun);
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
    }
    None
}

#[cfg(test)]
mod tests {
    use std::sync::mpsc::channel;

    use super::*;

    #[test]
    fn what_the_canary_takes_is_not_the_cases_time() {
        let (sender, receiver) = channel();
        let (deadline, mut turns) = (Duration::from_millis(50), 0);
        let verdict = wait(&receiver, Instant::now(), deadline, |_| {
            turns += 1;
            if turns == 10 {
                std::thread::sleep(deadline);
                sender.send(Ok(())).unwrap();
            }
            Instant::now()
        });
        assert!(verdict.is_some_and(|verdict| verdict.is_ok()));
    }

    #[test]
    fn a_case_has_so_many_steps_as_fit_its_deadline() {
        let (_sender, receiver) = channel();
        for (deadline, steps) in [(50, 50), (10, 10), (300, 100)] {
            let mut turns = 0;
            let count = |_| {
                turns += 1;
                Instant::now()
            };
            assert!(wait(&receiver, Instant::now(), Duration::from_millis(deadline), count).is_none());
            assert_eq!(turns, steps);
        }
    }

    /// A thread may be kept from running anywhere, also between two waits.
    #[test]
    fn no_moment_between_two_waits_goes_unseen() {
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
