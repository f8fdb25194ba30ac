//! Judges whether calls end in time, such that a loaded machine never fails a good store.
//!
//! A call fails a case only if it ends later than a timer of the same length that runs beside it, by more than the
//! grace, and only if that happens several times in a row. The timer has a thread of its own: on the runtime, a store
//! that blocks its thread would delay the timer as well. And the timer does more than wake up once, since a good store
//! does more, too: a call may pass through several threads and tasks before it ends, and each of them waits for its
//! turn on a loaded machine. So when the timer fires, it hands over between two threads [`HAND_OVERS`] times. On an
//! idle machine that takes well under a millisecond. With fifty busy processes it takes longer, and the store gets that
//! much more time.

use std::sync::mpsc::{RecvTimeoutError, Sender, channel};
use std::thread;
use std::time::Duration;

use tokio::time::Instant;

use super::hand_over::{HAND_OVERS, hand_over};
use super::{Ended, Handle, Outage, Request, Session};
use crate::conformance::history::{Expected, Failure, Kind, Outcome, Verdict};
use crate::conformance::subject::Runtime;

/// How many times in a row a call has to be late before the case fails. A delay that comes from the machine would have to
/// hit the call and spare the timer beside it each time.
const ATTEMPTS: usize = 5;

/// Clock resolution: a call may seem to end this much early. Timers of many systems count whole milliseconds, those of
/// JavaScript among them.
pub(crate) const RESOLUTION: Duration = Duration::from_millis(1);

impl Session {
    /// Makes a call with this timeout, and expects it to end in time: as `expected`, or with `Timeout` once the timeout has
    /// passed, and in either case no later than the timeout plus the grace. The documentation of this module says how a
    /// loaded machine is accounted for.
    pub(crate) async fn in_time(
        &self,
        store: &Handle,
        timeout: Duration,
        call: Request<'_>,
        expected: Expected,
    ) -> Verdict<Ended> {
        self.timed(store, timeout, call, expected, Beside::Nothing).await
    }

    /// Like [`in_time`](Self::in_time), while other calls are under way. They may delay each other on the runtime, though
    /// none of them does so for too long. So the call is late only if it also ends later than a second timer, which runs on
    /// the runtime and waits for a turn there [`HAND_OVERS`] times.
    pub(crate) async fn in_time_among_others(
        &self,
        store: &Handle,
        timeout: Duration,
        call: Request<'_>,
        expected: Expected,
    ) -> Verdict<Ended> {
        self.timed(store, timeout, call, expected, Beside::Calls).await
    }

    /// Like [`in_time`](Self::in_time), during a stall that lets one step pass after this part of the timeout.
    pub(crate) async fn in_time_with_a_step(
        &self,
        store: &Handle,
        (timeout, part): (Duration, f64),
        call: Request<'_>,
        expected: Expected,
        outage: &Outage,
    ) -> Verdict<Ended> {
        self.timed(store, timeout, call, expected, Beside::Step(outage, timeout.mul_f64(part))).await
    }

    async fn timed(
        &self,
        store: &Handle,
        timeout: Duration,
        call: Request<'_>,
        expected: Expected,
        beside: Beside<'_>,
    ) -> Verdict<Ended> {
        let store = store.with(store.options().clone().with_timeout(timeout));
        let (expected, grace) = (expected.or_timeout(), self.settings().grace);
        let mut attempt = 1;
        loop {
            let mut record = match call {
                Request::Put(key, value) => store.issue(key, value),
                Request::Get(_) => None,
            };
            let timer = Timer::start(timeout, self.settings().runtime);
            let begun = Instant::now();
            let call = async {
                let ended = match call {
                    Request::Put(key, value) => store.start_put_issued(key, value, record.take()).await,
                    Request::Get(key) => store.start_get(key).await,
                };
                (ended, begun.elapsed())
            };
            let ((ended, elapsed), on_runtime) = tokio::join!(call, beside.timer_on_runtime(timeout));
            ended.expect(expected.clone())?;
            ended.expect_not_early(elapsed, timeout)?;
            if elapsed <= timeout.saturating_add(grace) {
                return Ok(ended);
            }
            let timer = timer.elapsed().await.max(on_runtime);
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

/// What runs beside the timed call.
#[derive(Clone, Copy)]
enum Beside<'a> {
    Nothing,
    /// Other calls on the same runtime.
    Calls,
    /// A stall that lets one step pass after this time.
    Step(&'a Outage, Duration),
}

impl Beside<'_> {
    /// Runs beside the timed call. Returns how long a timer of this timeout takes on the runtime, if that has other work;
    /// otherwise at most a moment.
    async fn timer_on_runtime(self, timeout: Duration) -> Duration {
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

/// Measures how long a timeout takes if only the machine can delay it. Dropping this stops it.
enum Timer {
    Thread {
        elapsed: tokio::sync::oneshot::Receiver<Duration>,
        _stop: Sender<()>,
    },
    /// On a paused clock, only the runtime knows the time.
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
