//! Time, judged so that a loaded machine never fails a good store.

use std::time::Duration;

use bytes::Bytes;
use tokio::time::Instant;

use crate::conformance::failure::{Expected, Failure, Verdict};
use crate::conformance::history::{Kind, Outcome};
use crate::conformance::session::{Ended, Handle, Session};

/// How often a call has to be late, one time after the other, before that is held against the store. A delay that comes
/// from the machine would have to strike the call and spare the timer beside it so many times in a row.
const ATTEMPTS: usize = 5;

/// How much earlier than its timeout a call may seem to end: timers of many systems, those of JavaScript among them, count
/// whole milliseconds.
const RESOLUTION: Duration = Duration::from_millis(1);

/// A call that can be made again and again.
pub(crate) enum Timed<'a> {
    Put(&'a Bytes, &'a Bytes),
    Get(&'a Bytes),
}

impl Session {
    /// Makes a call with this timeout, and expects it to end in time: as `expected`, or with `Timeout` when the timeout
    /// has passed, and in either case no later than the timeout plus the grace.
    ///
    /// What is late is measured against a plain timer of the same length, on the same runtime: under load, or when the
    /// machine sleeps, both are late. And it has to be late every time that it is tried.
    pub(crate) async fn in_time(
        &self,
        store: &Handle,
        timeout: Duration,
        call: Timed<'_>,
        expected: Expected,
    ) -> Verdict<Ended> {
        let store = store.with(store.options().clone().with_timeout(timeout));
        let expected = expected.or_timeout();
        let grace = self.settings().grace;
        let mut attempt = 1;
        loop {
            let begun = Instant::now();
            let timer = tokio::spawn(async move {
                tokio::time::sleep(timeout).await;
                begun.elapsed()
            });
            let ended = match call {
                Timed::Put(key, value) => store.start_put(key, value).await,
                Timed::Get(key) => store.start_get(key).await,
            };
            let elapsed = begun.elapsed();
            ended.expect(expected.clone())?;
            ended.expect_not_early(elapsed, timeout)?;
            if elapsed <= timeout.saturating_add(grace) {
                timer.abort();
                return Ok(ended);
            }
            let timer = timer.await.unwrap_or(timeout);
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

impl Ended {
    fn expect_not_early(&self, elapsed: Duration, timeout: Duration) -> Verdict {
        match &self.outcome {
            Outcome::Failed(refusal) if refusal.kind == Kind::Timeout && elapsed + RESOLUTION < timeout => {
                Failure::Early { operation: self.operation, timeout }.into()
            }
            _ => Ok(()),
        }
    }
}
