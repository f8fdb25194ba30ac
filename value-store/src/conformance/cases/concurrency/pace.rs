//! Puts and gets that keep pace with each other.

use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};

use tokio::sync::Notify;

use crate::conformance::session::{Budget, Session};

/// How many threads make calls at the same time.
pub(super) const THREADS: usize = 4;

const READS_PER_WRITE: usize = 8;

/// Keeps one thread that puts and several that get at it together. Without it, a fast store would have seen all puts before
/// the first get, and one that writes slowly and reads fast would see millions of gets.
pub(super) struct Pace {
    budget: Budget,
    writes: AtomicUsize,
    reads: AtomicUsize,
    /// How many reads there may be before the next write begins.
    allowed: AtomicUsize,
    is_over: AtomicBool,
    /// Told of every change of the others. It is waited for and not looked at now and then, since a clock that is paused
    /// would go on from look to look.
    changed: Notify,
}

impl Pace {
    pub(super) fn new(case: &Session) -> Self {
        Self {
            budget: case.budget(),
            writes: AtomicUsize::new(0),
            reads: AtomicUsize::new(0),
            allowed: AtomicUsize::new(READS_PER_WRITE),
            is_over: AtomicBool::new(false),
            changed: Notify::new(),
        }
    }

    /// Tells the readers, when dropped, that the writer has ended, even if it failed.
    pub(super) fn writer(&self) -> impl Drop {
        OnDrop(|| {
            self.is_over.store(true, Ordering::SeqCst);
            self.changed.notify_waiters();
        })
    }

    /// Tells the writer, when dropped, to wait for no more reads.
    pub(super) fn reader(&self) -> impl Drop {
        OnDrop(|| self.add_reads(usize::MAX / THREADS))
    }

    /// Waits until a reader may read, and returns whether there is anything left to read beside, and time for it. There is
    /// for the first read, however late it comes: a case without one would have looked at nothing.
    pub(super) async fn goes_on(&self) -> bool {
        loop {
            let changed = self.changed.notified();
            let reads = self.reads.load(Ordering::SeqCst);
            if reads > 0 && (self.is_over.load(Ordering::SeqCst) || !self.budget.is_left()) {
                return false;
            }
            if reads < self.allowed.load(Ordering::SeqCst) {
                return true;
            }
            changed.await;
        }
    }

    pub(super) fn read(&self) {
        self.add_reads(1);
    }

    fn add_reads(&self, count: usize) {
        self.reads.fetch_add(count, Ordering::SeqCst);
        self.changed.notify_waiters();
    }

    /// Waits for as many reads as there were writes, and returns whether there is time for another write. Only now are more
    /// reads allowed, since they are to run beside that write and not to be over when it begins.
    pub(super) async fn next_write(&self) -> bool {
        let writes = self.writes.fetch_add(1, Ordering::SeqCst);
        loop {
            let changed = self.changed.notified();
            if !self.budget.is_left() {
                return false;
            }
            let reads = self.reads.load(Ordering::SeqCst);
            if reads >= writes {
                self.allowed.store(reads.saturating_add(READS_PER_WRITE), Ordering::SeqCst);
                self.changed.notify_waiters();
                return true;
            }
            changed.await;
        }
    }
}

pub(crate) struct OnDrop<F: FnMut()>(pub(crate) F);

impl<F: FnMut()> Drop for OnDrop<F> {
    fn drop(&mut self) {
        self.0();
    }
}
