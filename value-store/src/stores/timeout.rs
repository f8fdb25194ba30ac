//! The timeout of a call, kept by tokio's timers.

use std::time::Duration;

use crate::Error;

/// Runs `call` to its end, or drops it when the timeout has passed.
pub(super) async fn within<T>(
    timeout: Option<Duration>,
    call: impl Future<Output = Result<T, Error>>,
) -> Result<T, Error> {
    match timeout {
        Some(timeout) => tokio::time::timeout(timeout, call).await.unwrap_or(Err(Error::Timeout)),
        None => call.await,
    }
}
