//! Keeps puts and gets on different threads in step.

use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};

use tokio::sync::Notify;

use crate::conformance::session::{Budget, Session};

/// How many threads make calls at the same time.
pub(crate) const THREADS: usize = 4;

const READS_PER_WRITE: usize = 8;

/// Keeps one thread that puts in step with several threads that get. Without it, a fast store would have finished all
/// puts before the first get. A store with slow writes and fast reads would see millions of gets.
pub(super) struct Pace {
    budget: Budget,
    writes: AtomicUsize,
    reads: AtomicUsize,
    /// How many reads may begin before the next write does.
    allowed: AtomicUsize,
    is_over: AtomicBool,
    /// Notified when any of the other fields changes. The threads wait for it and do not sleep between looks, since
    /// each sleep would advance a paused clock.
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

    /// A guard for the writer. When it is dropped, even after a failure, the readers stop.
    pub(super) fn writer(&self) -> impl Drop {
        OnDrop(|| {
            self.is_over.store(true, Ordering::SeqCst);
            self.changed.notify_waiters();
        })
    }

    /// A guard for a reader. When it is dropped, the writer waits for no more reads.
    pub(super) fn reader(&self) -> impl Drop {
        OnDrop(|| self.add_reads(usize::MAX / THREADS))
    }

    /// Waits until a reader may read. Returns whether it should: not if the writer has ended or the time is up. The
    /// first read is always due, however late, since a case without one would check nothing.
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

    /// Waits until there were as many reads as writes, and returns whether there is time for another write. Only then
    /// does it allow more reads, so that they run beside that write and are not over before it begins.
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

/// Calls a function when it is dropped.
pub(super) struct OnDrop<F: FnMut()>(pub(super) F);

impl<F: FnMut()> Drop for OnDrop<F> {
    fn drop(&mut self) {
        self.0();
    }
}
