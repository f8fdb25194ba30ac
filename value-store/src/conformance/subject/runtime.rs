//! The runtime that a case runs on.

/// The runtime that a case runs on, with the options of `#[tokio::test]`.
#[derive(Clone, Copy, Debug)]
pub enum Runtime {
    /// `flavor = "current_thread"`.
    CurrentThread {
        /// Whether the clock is paused, and jumps to the next timer when there is no other work.
        start_paused: bool,
    },
    /// `flavor = "multi_thread"`.
    MultiThread {
        /// The number of threads, or `None` for tokio's default.
        worker_threads: Option<usize>,
    },
}

impl Runtime {
    pub(crate) fn is_paused(self) -> bool {
        matches!(self, Self::CurrentThread { start_paused: true })
    }
}
