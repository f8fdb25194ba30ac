//! The runtime of a case.

/// The runtime that a case runs on: the words of `#[tokio::test]`.
#[derive(Clone, Copy, Debug)]
pub enum Runtime {
    /// `flavor = "current_thread"`.
    CurrentThread {
        /// Whether the clock stands still, and jumps when nothing else is left to do.
        start_paused: bool,
    },
    /// `flavor = "multi_thread"`.
    MultiThread {
        /// The number of threads, or tokio's own choice.
        worker_threads: Option<usize>,
    },
}

impl Runtime {
    pub(crate) fn is_paused(self) -> bool {
        matches!(self, Self::CurrentThread { start_paused: true })
    }
}
