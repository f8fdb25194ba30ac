//! Calls that check their outcome.

use bytes::Bytes;

use super::handle::Handle;
use crate::conformance::history::{Expected, Verdict};

impl Handle {
    /// Puts, and expects `Ok`.
    pub(crate) async fn put(&self, key: &Bytes, value: &Bytes) -> Verdict {
        self.start_put(key, value).await.expect(Expected::Stored)
    }

    /// Gets, and expects this value in return.
    pub(crate) async fn expect(&self, key: &Bytes, value: &Bytes) -> Verdict {
        self.start_get(key).await.expect(Expected::Value(value.clone()))
    }

    /// Gets, and expects one of these values.
    pub(crate) async fn expect_one_of(&self, key: &Bytes, values: &[&Bytes]) -> Verdict<Bytes> {
        let values = values.iter().copied().cloned().collect();
        let ended = self.start_get(key).await;
        ended.expect(Expected::OneOf(values))?;
        Ok(ended.value().unwrap_or_else(|| unreachable!("one of the values was found")))
    }

    /// Gets, and expects `NotFound`.
    pub(crate) async fn expect_missing(&self, key: &Bytes) -> Verdict {
        self.start_get(key).await.expect(Expected::Missing)
    }
}
