//! Waits until a put is visible through other handles.

use std::time::Duration;

use bytes::Bytes;

use super::{Handle, Session};
use crate::conformance::history::{Expected, Verdict};

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
        let pause = (left / LOOKS).max(Duration::from_millis(1));
        loop {
            let seen = look().await?;
            if seen.is_ok() || left.is_zero() {
                return seen;
            }
            tokio::time::sleep(pause).await;
            left = left.saturating_sub(pause);
        }
    }
}
