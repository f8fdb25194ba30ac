//! No call takes longer than the server allows.

use std::time::Duration;

use value_store::calls::within;
use value_store::{Bytes, Error, GetValueResult, Options, ValueStore, async_trait};

/// A store whose calls end with `Timeout` after `most`, if they ask for longer or do not say.
pub(super) struct Capped<S> {
    pub(super) store: S,
    pub(super) most: Duration,
}

impl<S> Capped<S> {
    fn cut(&self, options: &Options) -> (Duration, Options) {
        let timeout = options.timeout().unwrap_or(Duration::MAX).min(self.most);
        (timeout, options.clone().with_timeout(timeout))
    }
}

#[async_trait]
impl<S: ValueStore> ValueStore for Capped<S> {
    async fn put(&self, key: &[u8], value: Bytes, options: &Options) -> Result<(), Error> {
        let (timeout, options) = self.cut(options);
        within(Some(timeout), self.store.put(key, value, &options)).await
    }

    async fn get(&self, key: &[u8], options: &Options) -> Result<GetValueResult, Error> {
        let (timeout, options) = self.cut(options);
        within(Some(timeout), self.store.get(key, &options)).await
    }
}

#[cfg(test)]
mod tests {
    use std::future::pending;

    use tokio::time::Instant;

    use super::*;

    /// A store that never answers.
    struct Silent;

    #[async_trait]
    impl ValueStore for Silent {
        async fn put(&self, _: &[u8], _: Bytes, _: &Options) -> Result<(), Error> {
            pending().await
        }

        async fn get(&self, _: &[u8], _: &Options) -> Result<GetValueResult, Error> {
            pending().await
        }
    }

    async fn check_ends_after(options: Options, seconds: u64) {
        let store = Capped { store: Silent, most: Duration::from_secs(60) };
        let begun = Instant::now();
        assert!(store.put(b"key", Bytes::new(), &options).await.unwrap_err().is_timeout());
        assert!(store.get(b"key", &options).await.unwrap_err().is_timeout());
        assert_eq!(begun.elapsed().as_secs(), 2 * seconds);
    }

    #[tokio::test(start_paused = true)]
    async fn a_call_ends_with_its_timeout_or_that_of_the_server() {
        check_ends_after(Options::new(), 60).await;
        check_ends_after(Options::new().with_timeout(Duration::MAX), 60).await;
        check_ends_after(Options::new().with_timeout(Duration::from_secs(5)), 5).await;
    }
}
