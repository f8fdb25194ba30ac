//! Time, judged so that a loaded machine never fails a good store.
//!
//! A call is late only against a timer of its timeout's length that runs beside it, and has to be late several times in a
//! row. The timer is on a thread of its own: on the runtime, a store that blocks its thread would hold up its own measure.
//! And it does more than to wake up once, since a good store does too: a call may pass through several threads and tasks
//! before it ends, each of which waits for its turn on a loaded machine. So the timer, when it fires, hands over between two
//! threads [`HAND_OVERS`] times. On an idle machine that takes well under a millisecond; on one with fifty busy processes
//! it takes as long as they make it take, and as much is granted to the store.

use std::sync::mpsc::{RecvTimeoutError, Sender, channel};
use std::thread;
use std::time::Duration;

use tokio::time::Instant;

use super::hand_over::{HAND_OVERS, hand_over};
use super::{Ended, Handle, Outage, Session, Timed};
use crate::conformance::history::{Expected, Failure, Kind, Outcome, Verdict};
use crate::conformance::subject::Runtime;

/// How often a call has to be late, one time after the other, before that is held against the store. A delay that comes
/// from the machine would have to strike the call and spare the timer beside it so many times in a row.
const ATTEMPTS: usize = 5;

/// How much earlier than its timeout a call may seem to end: timers of many systems, those of JavaScript among them, count
/// whole milliseconds.
const RESOLUTION: Duration = Duration::from_millis(1);

impl Session {
    /// Makes a call with this timeout, and expects it to end in time: as `expected`, or with `Timeout` when the timeout
    /// has passed, and in either case no later than the timeout plus the grace.
    ///
    /// What is late is told by a timer, as the module's documentation says.
    pub(crate) async fn in_time(
        &self,
        store: &Handle,
        timeout: Duration,
        call: Timed<'_>,
        expected: Expected,
    ) -> Verdict<Ended> {
        self.timed(store, timeout, call, expected, Beside::Nothing).await
    }

    /// As [`in_time`](Self::in_time), while other calls are under way. They may keep the runtime from its other work, which
    /// for each of them alone would pass, so a timer on the runtime, which waits for its turn as often as the other one,
    /// also has to have ended long before the call.
    pub(crate) async fn in_time_among_others(
        &self,
        store: &Handle,
        timeout: Duration,
        call: Timed<'_>,
        expected: Expected,
    ) -> Verdict<Ended> {
        self.timed(store, timeout, call, expected, Beside::Calls).await
    }

    /// As [`in_time`](Self::in_time), in a stall in which one step passes when this part of the timeout has passed.
    pub(crate) async fn in_time_with_a_step(
        &self,
        store: &Handle,
        (timeout, part): (Duration, f64),
        call: Timed<'_>,
        expected: Expected,
        outage: &Outage,
    ) -> Verdict<Ended> {
        self.timed(store, timeout, call, expected, Beside::Step(outage, timeout.mul_f64(part))).await
    }

    async fn timed(
        &self,
        store: &Handle,
        timeout: Duration,
        call: Timed<'_>,
        expected: Expected,
        beside: Beside<'_>,
    ) -> Verdict<Ended> {
        let store = store.with(store.options().clone().with_timeout(timeout));
        let (expected, grace) = (expected.or_timeout(), self.settings().grace);
        let mut attempt = 1;
        loop {
            let mut record = match call {
                Timed::Put(key, value) => store.issue(key, value),
                Timed::Get(_) => None,
            };
            let timer = Timer::start(timeout, self.settings().runtime);
            let begun = Instant::now();
            let call = async {
                let ended = match call {
                    Timed::Put(key, value) => store.start_put_of(key, value, record.take()).await,
                    Timed::Get(key) => store.start_get(key).await,
                };
                (ended, begun.elapsed())
            };
            let ((ended, elapsed), held_up) = tokio::join!(call, beside.holds_up(timeout));
            ended.expect(expected.clone())?;
            ended.expect_not_early(elapsed, timeout)?;
            if elapsed <= timeout.saturating_add(grace) {
                return Ok(ended);
            }
            let timer = timer.elapsed().await.max(held_up);
            if elapsed <= timer.saturating_add(grace) {
                return Ok(ended);
            }
            if attempt == ATTEMPTS {
                let operation = ended.operation;
                return Failure::Late { operation, timeout, timer, grace, attempts: ATTEMPTS }.into();
            }
            attempt += 1;
        }
    }
}

/// What goes on beside the call that is timed.
#[derive(Clone, Copy)]
enum Beside<'a> {
    Nothing,
    /// Other calls on its runtime.
    Calls,
    /// A step that passes in a stall, after so long.
    Step(&'a Outage, Duration),
}

impl Beside<'_> {
    /// What the timeout takes on the runtime, if that has other work.
    async fn holds_up(self, timeout: Duration) -> Duration {
        let begun = Instant::now();
        match self {
            Self::Nothing => {}
            Self::Calls => {
                tokio::time::sleep(timeout).await;
                for _ in 0..HAND_OVERS {
                    tokio::task::yield_now().await;
                }
            }
            Self::Step(outage, after) => {
                tokio::time::sleep(after).await;
                outage.let_one_step_pass();
                return Duration::ZERO;
            }
        }
        begun.elapsed()
    }
}

/// What a timeout takes that nothing but the machine holds up. Dropped, it stops.
enum Timer {
    Thread {
        elapsed: tokio::sync::oneshot::Receiver<Duration>,
        _stop: Sender<()>,
    },
    /// Where the clock is paused, only the runtime knows the time.
    Paused {
        begun: Instant,
        timeout: Duration,
    },
}

impl Timer {
    fn start(timeout: Duration, runtime: Runtime) -> Self {
        if runtime.is_paused() {
            return Self::Paused { begun: Instant::now(), timeout };
        }
        let (report, elapsed) = tokio::sync::oneshot::channel();
        let (stop, stopped) = channel();
        let begun = std::time::Instant::now();
        thread::spawn(move || {
            if let Err(RecvTimeoutError::Timeout) = stopped.recv_timeout(timeout) {
                hand_over();
                let _ = report.send(begun.elapsed());
            }
        });
        Self::Thread { elapsed, _stop: stop }
    }

    async fn elapsed(self) -> Duration {
        match self {
            Self::Thread { elapsed, _stop } => {
                elapsed.await.unwrap_or_else(|_| unreachable!("a timer that is not stopped reports"))
            }
            Self::Paused { begun, timeout } => {
                tokio::time::sleep_until(begun + timeout).await;
                begun.elapsed()
            }
        }
    }
}

impl Ended {
    pub(crate) fn expect_not_early(&self, elapsed: Duration, timeout: Duration) -> Verdict {
        match &self.outcome {
            Outcome::Failed(refusal) if refusal.kind == Kind::Timeout && elapsed + RESOLUTION < timeout => {
                Failure::Early { operation: self.operation, timeout }.into()
            }
            _ => Ok(()),
        }
    }
}
