//! Lets threads begin each round together.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use tokio::sync::Notify;

use super::pace::{OnDrop, THREADS};
use crate::conformance::session::{Budget, Session};

/// How long a thread spins before it sleeps: longer than a round of a store in memory takes. Such a race is over in
/// microseconds, and a thread that sleeps would miss its start.
const AWAKE: Duration = Duration::from_micros(500);

/// A barrier: the threads wait for each other before each round, so that their calls overlap however fast the store is.
pub(crate) struct Start {
    budget: Budget,
    arrivals: AtomicUsize,
    arrived: Notify,
    /// How long to spin. It is zero if the clock is paused: the others are then tasks of the same thread.
    awake: Duration,
}

impl Start {
    pub(crate) fn new(case: &Session) -> Self {
        let awake = if case.settings().runtime.is_paused() { Duration::ZERO } else { AWAKE };
        Self { budget: case.budget(), arrivals: AtomicUsize::new(0), arrived: Notify::new(), awake }
    }

    /// A guard. When it is dropped, the other threads no longer wait for this one.
    pub(crate) fn racer(&self) -> impl Drop {
        OnDrop(|| self.arrive(usize::MAX / 2 / THREADS))
    }

    fn arrive(&self, count: usize) {
        self.arrivals.fetch_add(count, Ordering::SeqCst);
        self.arrived.notify_waiters();
    }

    /// Waits for all threads, and returns whether there is time for this round.
    pub(crate) async fn comes(&self, round: usize) -> bool {
        let begun = Instant::now();
        self.arrive(1);
        loop {
            let arrived = self.arrived.notified();
            if self.arrivals.load(Ordering::SeqCst) >= (round + 1) * THREADS {
                return self.goes_on(round);
            }
            if begun.elapsed() < self.awake { thread::yield_now() } else { arrived.await }
        }
    }

    /// Whether there is time to go on with a round. The first one is made in any case: without one, nothing would be checked.
    pub(crate) fn goes_on(&self, round: usize) -> bool {
        round == 0 || self.budget.is_left()
    }
}
