//! What a process costs: time on the clock, and processor time.

use std::process::{Command, Output};
use std::time::{Duration, Instant};

use nix::sys::resource::{Usage, UsageWho, getrusage};
use nix::sys::time::TimeValLike;

/// What running a command took.
#[derive(Clone, Copy, Debug)]
pub struct Cost {
    /// The time on the clock, from its start to its end.
    pub wall: Duration,
    /// The processor time in user and system mode, of the process and of all that it started and waited for. Other load on the
    /// machine changes it much less than `wall`.
    pub processor: Duration,
}

/// Runs the command to its end, and returns what it took and what it printed. Only one may be measured at a time.
///
/// # Panics
///
/// If the command cannot be started, or fails. The message has what it wrote to stderr.
pub fn measure(command: &mut Command) -> (Cost, Output) {
    let (begun, before) = (Instant::now(), of_children());
    let output = command.output().unwrap_or_else(|error| panic!("{command:?}: {error}"));
    let cost = Cost { wall: begun.elapsed(), processor: of_children().saturating_sub(before) };
    assert!(output.status.success(), "{command:?} failed:\n{}", String::from_utf8_lossy(&output.stderr));
    (cost, output)
}

/// The processor time of all children of this process that have ended.
fn of_children() -> Duration {
    of(UsageWho::RUSAGE_CHILDREN)
}

/// The processor time of this process so far, in user and system mode.
///
/// # Panics
///
/// If the system does not count it.
#[must_use]
pub fn of_this_process() -> Duration {
    of(UsageWho::RUSAGE_SELF)
}

fn of(who: UsageWho) -> Duration {
    let usage: Usage = getrusage(who).expect("the system counts the time of processes");
    let microseconds = (usage.user_time() + usage.system_time()).num_microseconds();
    Duration::from_micros(u64::try_from(microseconds).expect("no time is negative"))
}

#[cfg(test)]
mod tests {
    use std::process::Command;
    use std::time::Duration;

    use super::measure;

    /// Both are in one test, since the time of all children of this process is counted.
    #[test]
    fn work_takes_processors_and_sleep_only_the_clock() {
        let (work, _) = measure(Command::new("sh").args(["-c", "i=0; while [ $i -lt 500000 ]; do i=$((i+1)); done"]));
        let (sleep, _) = measure(Command::new("sleep").arg("0.2"));

        assert!(sleep.wall >= Duration::from_millis(200), "{sleep:?}");
        assert!(sleep.processor < Duration::from_millis(200), "{sleep:?}");
        assert!(work.processor > Duration::from_millis(50), "{work:?}");
    }

    #[test]
    #[should_panic(expected = "what it said")]
    fn failure_shows_what_was_said_of_it() {
        measure(Command::new("sh").args(["-c", "echo what it said >&2; false"]));
    }
}
