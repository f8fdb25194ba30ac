//! What most implementations need: to keep the timeout of a call, and to do blocking work off the runtime.
//!
//! | | |
//! |---|---|
//! | [`within`] | ends a call with [`Error::Timeout`] when its timeout has passed |
//! | [`blocking`] | does blocking work on tokio's threads for that, and waits for the end of it |
//! | [`InOrder`] | a blocking engine, whose work on a key is done in order, even where a call was given up |
//!
//! Work that blocks cannot be stopped: when its call has timed out or was dropped, it goes on. That is what makes a
//! store of [`blocking`] calls hard to get right. A put that was given up is still written, maybe after a newer one.
//! With [`InOrder`] it is not: what follows waits until the put has ended. So the store is settled, and a put that was
//! given up has happened or never will.
//!
//! # Example
//!
//! A store that keeps each value in a file of its own. It is durable, settled and linearizable, and passes the suite.
//!
#![doc = concat!("```\n", include_str!("../examples/directory.rs"), "```")]

mod in_order;
#[cfg(test)]
mod tests;

use std::time::Duration;

use tokio::task::{AbortHandle, spawn_blocking};

use crate::Error;
pub use in_order::InOrder;

/// Runs `call` to its end, or until the timeout has passed. Without a timeout, it runs to its end.
///
/// The time counts from the first poll. A call that is done at once has its own result, whatever the timeout. The end
/// of a timeout is rounded up to tokio's next millisecond, and is never early. All durations are timeouts: zero gives
/// the call one poll, and the longest one does not overflow.
///
/// A call that has timed out is dropped before this returns.
///
/// # Errors
///
/// [`Error::Timeout`] if the timeout has passed, and else the error of the call.
///
/// # Panics
///
/// If there is a timeout, and no tokio runtime with its timers enabled.
///
/// # Example
///
/// ```
/// use std::future::pending;
/// use std::time::Duration;
/// use value_store::calls::within;
/// use value_store::{Error, Options};
///
/// /// For calls without a timeout.
/// const DEFAULT: Duration = Duration::from_secs(10);
///
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() {
/// let options = Options::new().with_timeout(Duration::from_millis(5));
///
/// let late: Result<(), Error> = within(options.timeout().or(Some(DEFAULT)), pending()).await;
/// assert!(late.unwrap_err().is_timeout());
/// # }
/// ```
pub async fn within<T>(timeout: Option<Duration>, call: impl Future<Output = Result<T, Error>>) -> Result<T, Error> {
    match timeout {
        Some(timeout) => tokio::time::timeout(timeout, call).await.unwrap_or(Err(Error::Timeout)),
        None => call.await,
    }
}

/// Does `work` on one of tokio's threads for blocking work, and waits for the end of it.
///
/// The work begins after the first poll, when a thread is free: tokio has
/// [512](https://docs.rs/tokio/latest/tokio/runtime/struct.Builder.html#method.max_blocking_threads) of them, unless
/// told otherwise.
///
/// If the future is dropped, by [`within`] or otherwise, work that has not begun never does. Work that has begun goes on
/// to its end. So it can land after what is done later: see [`InOrder`].
///
/// # Errors
///
/// - The error of the work.
/// - [`Error::Backend`] if the work panicked, or if the runtime was shut down before it began. The source is tokio's
///   [`JoinError`](tokio::task::JoinError), which tells one from the other.
///
/// # Panics
///
/// Outside a tokio runtime.
///
/// # Example
///
/// ```
/// use value_store::Error;
/// use value_store::calls::blocking;
///
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<(), Error> {
/// # let directory = tempfile::tempdir().unwrap();
/// # let path = directory.path().join("value");
/// # std::fs::write(&path, "value").unwrap();
/// let value = blocking(move || std::fs::read(path).map_err(Error::backend)).await?;
/// assert_eq!(value, b"value");
/// # Ok(())
/// # }
/// ```
pub async fn blocking<T>(work: impl FnOnce() -> Result<T, Error> + Send + 'static) -> Result<T, Error>
where
    T: Send + 'static,
{
    let task = spawn_blocking(work);
    let _withdrawn = AbortOnDrop(task.abort_handle());
    task.await.unwrap_or_else(|error| Err(Error::backend(error)))
}

/// Withdraws work that has not begun. It does nothing to work that has.
struct AbortOnDrop(AbortHandle);

impl Drop for AbortOnDrop {
    fn drop(&mut self) {
        self.0.abort();
    }
}
