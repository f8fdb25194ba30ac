//! Several stores or servers of one world, of which its handles take the next one in turn.

use std::sync::atomic::{AtomicUsize, Ordering};

/// Several of a kind, such as the nodes of a cluster. Each handle onto a world takes the next one.
#[derive(Debug)]
pub struct InTurn<T> {
    all: Vec<T>,
    asked: AtomicUsize,
}

impl<T> InTurn<T> {
    /// Takes turns among these.
    #[must_use]
    pub fn of(all: Vec<T>) -> Self {
        Self { all, asked: AtomicUsize::new(0) }
    }

    /// The next one. The first follows the last.
    ///
    /// # Panics
    ///
    /// When there are none.
    pub fn next(&self) -> &T {
        &self.all[self.asked.fetch_add(1, Ordering::Relaxed) % self.all.len()]
    }
}
