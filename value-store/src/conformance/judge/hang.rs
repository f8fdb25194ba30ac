//! What is known of a case that has not ended by its deadline.

use std::time::Instant;

use super::canary::Canary;
use crate::conformance::history::{Failure, History, Operation, Phase};
use crate::conformance::subject::Settings;

/// The failure of a case whose deadline has passed. If a call has outlived its own timeout, that is what went wrong, and not
/// that the store is slow.
///
/// It has to have outlived it by far, without the time that the machine took: at the deadline, a call may be under way that
/// will end in time.
pub(super) fn hung(settings: &Settings, canary: &Canary, history: &History, now: Instant) -> Failure {
    let margin = settings.grace.max(settings.deadline / 10);
    let overdue_since = |operation: &Operation| {
        let timeout = operation.options.timeout().filter(|_| operation.ended.is_none())?;
        let begun = operation.begun.into_std();
        let ran = now.saturating_duration_since(begun).saturating_sub(canary.slow_time(begun, now));
        (ran > timeout.saturating_add(margin)).then(|| begun + timeout)
    };
    let operations = history.operations();
    let overdue =
        operations.iter().enumerate().filter_map(|(index, operation)| Some((overdue_since(operation)?, index)));
    // On a paused clock, only the runtime knows the time. And while a store is dropped, no call gets its turn.
    let is_known = !settings.runtime.is_paused() && history.phase() == Phase::Calling;
    let outlived = overdue.min().filter(|_| is_known).map(|(_, index)| {
        let ran = now.saturating_duration_since(operations[index].begun.into_std());
        (index, ran)
    });
    Failure::Hung { deadline: settings.deadline, outlived }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;
    use crate::Options;
    use crate::conformance::history::{Call, Outcome};
    use crate::conformance::subject::Runtime;

    const SECOND: Duration = Duration::from_secs(1);

    /// Which call has outlived its timeout, of calls that began just now, and are looked at after 30 s.
    fn outlived(settings: &Settings, canary: &Canary, timeouts: &[Option<Duration>]) -> Option<usize> {
        let history = History::new();
        history.enter(Phase::Calling);
        let ended = history.begin(1, Call::Get, "k".into(), Options::new().with_timeout(Duration::ZERO).into());
        history.end(ended, Outcome::Dropped { polls: 1 });
        for timeout in timeouts {
            let options = timeout.map_or(Options::new(), |timeout| Options::new().with_timeout(timeout));
            history.begin(1, Call::Get, "k".into(), options.into());
        }
        match hung(settings, canary, &history, Instant::now() + 30 * SECOND) {
            Failure::Hung { outlived, .. } => outlived.map(|(index, _)| index),
            failure => panic!("{failure:?}"),
        }
    }

    #[test]
    fn the_first_call_that_outlived_its_timeout_by_far_is_named() {
        let outlived = |timeouts: &[_]| outlived(&Settings::DEFAULT, &Canary::default(), timeouts);
        assert_eq!(outlived(&[None, Some(20 * SECOND), Some(SECOND), None]), Some(3));
        assert_eq!(outlived(&[None, Some(Duration::MAX), Some(28 * SECOND)]), None, "it may still end in time");
        assert_eq!(outlived(&[Some(26 * SECOND)]), Some(1));
    }

    #[test]
    fn the_time_of_an_overloaded_machine_does_not_count() {
        let (mut canary, now) = (Canary::default(), Instant::now());
        canary.note(now + SECOND, now + 6 * SECOND);
        canary.note(now + 29 * SECOND, now + 60 * SECOND);
        assert_eq!(outlived(&Settings::DEFAULT, &canary, &[Some(22 * SECOND)]), None);
        assert_eq!(outlived(&Settings::DEFAULT, &canary, &[Some(20 * SECOND)]), Some(1));
    }

    #[test]
    fn nothing_is_known_of_a_paused_clock() {
        let runtime = Runtime::CurrentThread { start_paused: true };
        let settings = Settings { runtime, ..Settings::DEFAULT };
        assert_eq!(outlived(&settings, &Canary::default(), &[Some(SECOND)]), None);
    }
}
