//! How far changes are written down.

use std::sync::Arc;

use tokio::sync::watch;

/// Tells when changes of [`Records`](super::Records) are on disk. Clones are cheap.
#[derive(Clone, Debug)]
pub struct Progress {
    /// The number of the last change when this was made.
    changes: u64,
    /// `None` if there is no disk.
    written: Option<watch::Receiver<Written>>,
}

/// How far the thread that writes has come.
#[derive(Clone, Debug)]
#[cfg_attr(not(feature = "redb"), expect(dead_code, reason = "without a file, nothing is written"))]
pub(super) enum Written {
    /// All changes up to this number are on disk.
    Up(u64),
    /// No more changes will be.
    Failed(WriteError),
}

/// Why changes are not on disk: a write to the file failed, so nobody knows what is in it until it is opened again.
#[derive(Clone, Debug, thiserror::Error)]
#[error("a write to the file of this node's records failed: start the node again to see what is in it")]
pub struct WriteError(#[source] Arc<dyn std::error::Error + Send + Sync>);

impl WriteError {
    #[cfg(feature = "redb")]
    pub(super) fn new(error: Box<dyn std::error::Error + Send + Sync>) -> Self {
        Self(error.into())
    }

    fn closed() -> Self {
        Self(Arc::from(Box::<dyn std::error::Error + Send + Sync>::from("the file was closed before")))
    }
}

impl Progress {
    pub(super) fn none() -> Self {
        Self { changes: 0, written: None }
    }

    #[cfg(feature = "redb")]
    pub(super) fn new(changes: u64, written: watch::Receiver<Written>) -> Self {
        Self { changes, written: Some(written) }
    }

    /// Whether the changes that there were when this was [made](super::Records::progress) are on disk: `None` while they
    /// are not yet.
    ///
    /// # Errors
    ///
    /// If they never will be, as far as anyone knows.
    #[must_use]
    pub fn is_written(&self) -> Option<Result<(), WriteError>> {
        self.written.as_ref().map_or(Some(Ok(())), |written| written.borrow().of(self.changes))
    }

    /// Waits until the changes that there were when this was [made](super::Records::progress) are on disk.
    ///
    /// # Errors
    ///
    /// If they are not, because a write failed, or because the records were dropped before.
    pub async fn of_all_changes(mut self) -> Result<(), WriteError> {
        let Some(written) = &mut self.written else { return Ok(()) };
        let changes = self.changes;
        let end = written.wait_for(|written| written.of(changes).is_some()).await;
        end.ok().and_then(|written| written.of(changes)).unwrap_or_else(|| Err(WriteError::closed()))
    }

    /// Waits for the end of a commit that had not ended when this was called, or for ever if there is none.
    pub(in crate::stores::kad) fn next_commit(mut self) -> impl Future<Output = ()> + Send {
        self.written.as_mut().map(watch::Receiver::mark_unchanged);
        async move {
            if let Some(written) = &mut self.written
                && written.changed().await.is_ok()
            {
                return;
            }
            std::future::pending::<()>().await;
        }
    }

    /// Waits until a write fails, which may never be.
    pub(in crate::stores::kad) async fn failed(mut self) -> WriteError {
        if let Some(written) = &mut self.written
            && let Ok(end) = written.wait_for(|written| matches!(written, Written::Failed(_))).await
            && let Written::Failed(error) = &*end
        {
            return error.clone();
        }
        std::future::pending().await
    }
}

impl Written {
    fn of(&self, changes: u64) -> Option<Result<(), WriteError>> {
        match self {
            Self::Up(written) => (*written >= changes).then_some(Ok(())),
            Self::Failed(error) => Some(Err(error.clone())),
        }
    }
}
