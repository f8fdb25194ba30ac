//! Several handles onto one world, and how long what is put through one of them may take to be seen through the others.

use std::time::Duration;

use bytes::Bytes;

use crate::conformance::failure::{Expected, Verdict};
use crate::conformance::session::{Handle, Session};
use crate::conformance::subject::Claim;

/// How often at most to look whether a put has arrived.
const LOOKS: u32 = 50;

impl Session {
    pub(crate) fn is_claimed(&self, claim: Claim) -> bool {
        self.settings().claims.contains(&claim)
    }

    /// Opens so many handles onto the world of this case.
    pub(crate) async fn open_several(&self, count: usize) -> Verdict<Vec<Handle>> {
        let mut handles = Vec::with_capacity(count);
        for _ in 0..count {
            handles.push(self.open().await?);
        }
        Ok(handles)
    }

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
