//! The worlds of a case: opened, restarted and ended.

use std::sync::atomic::Ordering;
use std::sync::{Arc, PoisonError};
use std::time::{Duration, Instant};

use super::{Handle, Pause, Session, new_world};
use crate::conformance::history::{Failure, Phase, Verdict};
use crate::conformance::world::Context;

impl Session {
    /// The world of this case.
    pub(crate) fn world(&self) -> &'static Context {
        self.worlds()[0]
    }

    /// Another world, in which nothing ever happened.
    pub(crate) fn another_world(&self) -> &'static Context {
        let world = new_world();
        self.worlds.lock().unwrap_or_else(PoisonError::into_inner).push(world);
        world
    }

    /// Opens a handle onto the world of this case.
    pub(crate) async fn open(&self) -> Verdict<Handle> {
        self.open_in(self.world()).await
    }

    pub(crate) async fn open_in(&self, world: &'static Context) -> Verdict<Handle> {
        self.history.enter(Phase::Opening);
        let opened = (self.subject.open)(world).await;
        self.history.enter(Phase::Calling);
        let store = opened.map_err(|error| Box::new(Failure::NotOpened { chain: error.0 }))?;
        let number = self.handles.fetch_add(1, Ordering::Relaxed) + 1;
        let (history, issued) = (Arc::clone(&self.history), self.issued.clone());
        Ok(Handle::new(number, world, store, history, issued))
    }

    /// Opens so many handles onto the world of this case.
    pub(crate) async fn open_several(&self, count: usize) -> Verdict<Vec<Handle>> {
        let mut handles = Vec::with_capacity(count);
        for _ in 0..count {
            handles.push(self.open().await?);
        }
        Ok(handles)
    }

    /// Closes everything in the world of this handle but its directory, and opens it again. `last` is the only handle that
    /// is left, so that nothing of the store stays open. All that the store left running on the runtime is gone as well, as
    /// at the end of a process.
    pub(crate) async fn restart(&self, last: Handle) -> Verdict<Handle> {
        debug_assert!(last.is_last(), "a restart needs every handle closed");
        let world = last.world();
        drop(last);
        self.pause(Pause::Restart(world)).await;
        self.reopen(world).await
    }

    /// Ends a world whose handles are all closed, its directory included.
    pub(crate) async fn end(&self, world: &'static Context) {
        self.pause(Pause::End(world)).await;
    }

    /// Ends a world whose handles are all closed, while others go on: where blocking is allowed, since what was shared may
    /// wait for threads of its own when it is dropped.
    pub(crate) async fn end_beside(&self, world: &'static Context) {
        let ended = tokio::task::spawn_blocking(|| world.end()).await;
        ended.unwrap_or_else(|panic| std::panic::resume_unwind(panic.into_panic()));
    }

    /// Forgets all calls so far, and begins anew: in a world in which nothing ever happened, with fresh keys.
    pub(crate) fn start_over(&self) -> &'static Context {
        self.history.forget();
        self.handles.store(0, Ordering::Relaxed);
        self.renew_prefix();
        self.another_world()
    }

    /// Lets the runner, which sees this future yield, do what a pause is for. It goes on on another runtime.
    async fn pause(&self, pause: Pause) {
        *self.pause.lock().unwrap_or_else(PoisonError::into_inner) = Some(pause);
        tokio::task::yield_now().await;
    }

    /// Opens the store again, for a while if need be: what a store left behind on threads of its own would be gone with its
    /// process, and here needs a moment to let go of a file or an address: a sixth of the deadline, so that much is left of
    /// that. A pause counts for no more than its length, and no attempt for more than a fifth of all: on a loaded machine,
    /// where they take longer, the store's threads do too.
    async fn reopen(&self, world: &'static Context) -> Verdict<Handle> {
        const PAUSE: Duration = Duration::from_millis(20);
        let patience = self.settings().deadline / 6;
        let mut left = patience;
        loop {
            let begun = Instant::now();
            match self.open_in(world).await {
                Err(failure) if matches!(*failure, Failure::NotOpened { .. }) && !left.is_zero() => {
                    left = left.saturating_sub((begun.elapsed() + PAUSE).min(patience / 5));
                    std::thread::sleep(PAUSE);
                }
                opened => return opened,
            }
        }
    }

    /// What the case paused for since this was called last, if it did.
    pub(crate) fn paused(&self) -> Option<Pause> {
        self.pause.lock().unwrap_or_else(PoisonError::into_inner).take()
    }
}
