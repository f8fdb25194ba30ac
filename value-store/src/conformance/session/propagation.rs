//! How long a put may take to be seen through the other handles of its world.

use std::time::Duration;

use bytes::Bytes;

use super::{Handle, Session};
use crate::conformance::history::{Expected, Verdict};

/// How often at most to look whether a put has arrived.
const LOOKS: u32 = 50;

impl Session {
    /// Gets a value that was put through another handle: at once, or within the bound that the store declares. Until then
    /// the get may end as if there had been no such put.
    pub(crate) async fn expect_to_arrive(&self, store: &Handle, key: &Bytes, value: &Bytes) -> Verdict {
        self.arrives(async || {
            let ended = store.start_get(key).await;
            ended.expect(Expected::AnyValueOrMissing)?;
            Ok(ended.expect(Expected::Value(value.clone())))
        })
        .await
    }

    /// Looks until what it is to see has arrived, which is so at the latest when the declared bound has passed. Only the
    /// pauses count towards the bound, each for no more than its length: on a loaded machine, where everything takes longer,
    /// the store's copies do too.
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
