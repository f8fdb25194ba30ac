//! What the handles of a world take turns with.

use std::sync::atomic::{AtomicUsize, Ordering};

/// Several of a kind, of which each handle onto a world gets the next one.
#[derive(Debug)]
pub struct InTurn<T> {
    all: Vec<T>,
    asked: AtomicUsize,
}

impl<T> InTurn<T> {
    /// All of them, of which there must be one at least.
    #[must_use]
    pub fn of(all: Vec<T>) -> Self {
        Self { all, asked: AtomicUsize::new(0) }
    }

    /// Another one at each call, and after the last one the first again.
    ///
    /// # Panics
    ///
    /// When there are none.
    pub fn next(&self) -> &T {
        &self.all[self.asked.fetch_add(1, Ordering::Relaxed) % self.all.len()]
    }
}
