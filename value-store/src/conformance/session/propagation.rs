//! Waits until a put is visible through other handles.

use std::sync::PoisonError;
use std::time::Duration;

use bytes::Bytes;

use super::{Handle, Session};
use crate::conformance::history::{Expected, Verdict};
use crate::conformance::subject::Claim;

/// The greatest number of looks at whether a put has arrived.
const LOOKS: u32 = 50;

impl Session {
    /// Gets a value that was put through another handle. It must be there at once, or within the propagation time that the
    /// store declares. Until then, a get may return another value or `NotFound`.
    pub(crate) async fn expect_to_arrive(&self, store: &Handle, key: &Bytes, value: &Bytes) -> Verdict {
        self.arrives(async || {
            let ended = store.start_get(key).await;
            ended.expect(Expected::AnyValueOrMissing)?;
            Ok(ended.expect(Expected::Value(value.clone())))
        })
        .await
    }

    /// Repeats `look` until its inner verdict is `Ok` or the declared propagation time has passed, and returns the last
    /// inner verdict. Only the pauses count towards that time, each for its nominal length: a loaded machine slows down the
    /// store's propagation as well.
    pub(crate) async fn arrives(&self, look: impl AsyncFn() -> Verdict<Verdict>) -> Verdict {
        let mut left = self.settings().propagation;
        let pause = self.pause_between_looks();
        loop {
            let seen = look().await?;
            if seen.is_ok() || left.is_zero() {
                return seen;
            }
            self.wait_for_arrivals(pause).await;
            left = left.saturating_sub(pause);
        }
    }

    /// Whether a handle that has seen a put may see what was there before it once more: for as long as the put may take to be
    /// seen, unless the store is `monotonic`.
    pub(crate) fn may_go_back(&self) -> bool {
        !self.settings().propagation.is_zero() && !self.is_claimed(Claim::Monotonic)
    }

    /// Waits until each handle not only sees what was put, but goes on to see it. The time is passed in pauses, as in
    /// [`arrives`](Self::arrives), so that a loaded machine makes it longer.
    pub(crate) async fn until_it_stays(&self) {
        if self.may_go_back() {
            for _ in 0..LOOKS {
                self.wait_for_arrivals(self.pause_between_looks()).await;
            }
        }
    }

    /// Waits, and counts that as what the store itself has declared to take: it does not count towards the deadline.
    async fn wait_for_arrivals(&self, pause: Duration) {
        *self.for_arrivals.lock().unwrap_or_else(PoisonError::into_inner) += pause;
        tokio::time::sleep(pause).await;
    }

    /// How long the case has waited for puts to arrive, so far.
    pub(crate) fn time_for_arrivals(&self) -> Duration {
        *self.for_arrivals.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn pause_between_looks(&self) -> Duration {
        (self.settings().propagation / LOOKS).max(Duration::from_millis(1))
    }
}
