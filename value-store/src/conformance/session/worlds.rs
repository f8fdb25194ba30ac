//! The worlds of a case: opened, restarted and ended.

use std::sync::atomic::Ordering;
use std::sync::{Arc, PoisonError};
use std::time::{Duration, Instant};

use bytes::Bytes;

use super::{Handle, Pause, Session, new_world};
use crate::ValueStore;
use crate::conformance::history::{Expected, Failure, Happening, Phase, Verdict};
use crate::conformance::world::Context;

impl Session {
    /// The world of this case.
    pub(crate) fn world(&self) -> &'static Context {
        self.worlds()[0]
    }

    /// A new world, in which nothing has happened yet.
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
        Ok(self.opened(self.next_handle(), world, store))
    }

    pub(super) fn next_handle(&self) -> usize {
        self.handles.fetch_add(1, Ordering::Relaxed) + 1
    }

    /// A handle with this number onto a store that was opened.
    pub(super) fn opened(&self, number: usize, world: &'static Context, store: Arc<dyn ValueStore>) -> Handle {
        self.history.happens(Happening::Opened { handle: number, world: self.number_of(world) });
        let (history, issued) = (Arc::clone(&self.history), self.issued.clone());
        Handle::new(number, world, store, history, issued)
    }

    /// The number of a world, from 1 in the order in which the worlds were made.
    pub(super) fn number_of(&self, world: &'static Context) -> usize {
        let worlds = self.worlds.lock().unwrap_or_else(PoisonError::into_inner);
        worlds.iter().position(|other| std::ptr::eq(*other, world)).map_or(0, |place| place + 1)
    }

    /// Opens a handle onto a world where no key has a value, not even one without the prefix of this case. Returns `None`
    /// and adds a note if worlds share their keys: then such a key may have a value from another case or another run.
    pub(crate) async fn open_where_all_is_missing(&self) -> Verdict<Option<Handle>> {
        let (key, value) = (self.key("elsewhere"), Bytes::from_static(b"elsewhere"));
        let store = self.open_in(self.another_world()).await?;
        let elsewhere = self.open_in(self.another_world()).await?;
        elsewhere.put(&key, &value).await?;
        let are_shared = self.arrives(async || Ok(store.start_get(&key).await.expect(Expected::Value(value.clone()))));
        if are_shared.await.is_ok() {
            self.history.note("worlds share their keys, so this case could not judge keys without a prefix");
            return Ok(None);
        }
        self.history.forget();
        Ok(Some(store))
    }

    /// Opens `count` handles onto the world of this case.
    pub(crate) async fn open_several(&self, count: usize) -> Verdict<Vec<Handle>> {
        let mut handles = Vec::with_capacity(count);
        for _ in 0..count {
            handles.push(self.open().await?);
        }
        Ok(handles)
    }

    /// Restarts the world of this handle: closes everything except the directory, and opens the store again. `last` has
    /// to be the only handle that is left, so that nothing of the store stays open. The runtime ends with everything
    /// that the store left running on it, as at the end of a process.
    pub(crate) async fn restart(&self, last: Handle) -> Verdict<Handle> {
        debug_assert!(last.is_last(), "a restart needs every handle closed");
        let world = last.world();
        drop(last);
        self.restart_world(world).await;
        self.reopen(world).await
    }

    /// Closes everything of a world except the directory. All its handles have to be closed before.
    pub(crate) async fn restart_world(&self, world: &'static Context) {
        self.pause(Pause::Restart(world)).await;
        self.history.happens(Happening::Restarted { world: self.number_of(world) });
    }

    /// Ends a world whose handles are all closed, its directory included.
    pub(crate) async fn end(&self, world: &'static Context) {
        self.pause(Pause::End(world)).await;
        self.history.happens(Happening::Ended { world: self.number_of(world) });
    }

    /// Ends a world whose handles are all closed, while other worlds go on. It does so on a thread that may block, since a
    /// shared value may wait for threads of its own when it is dropped.
    pub(crate) async fn end_beside(&self, world: &'static Context) {
        let ended = tokio::task::spawn_blocking(|| world.end()).await;
        ended.unwrap_or_else(|panic| std::panic::resume_unwind(panic.into_panic()));
        self.history.happens(Happening::Ended { world: self.number_of(world) });
    }

    /// Lets this much time pass.
    pub(crate) async fn wait(&self, time: Duration) {
        tokio::time::sleep(time).await;
        self.history.happens(Happening::Waited(time));
    }

    /// Forgets all calls so far, and returns a new world. Keys are fresh, too.
    pub(crate) fn start_over(&self) -> &'static Context {
        self.history.forget();
        self.handles.store(0, Ordering::Relaxed);
        self.renew_prefix();
        self.another_world()
    }

    /// Yields to the judge, which sees the pause and acts on it. This future then goes on with another runtime.
    async fn pause(&self, pause: Pause) {
        *self.pause.lock().unwrap_or_else(PoisonError::into_inner) = Some(pause);
        tokio::task::yield_now().await;
    }

    /// Opens the store again, and retries for a sixth of the deadline. A real restart would end all threads of the
    /// store; here they still run, and need a moment to release a file or an address. A sixth leaves enough of the
    /// deadline for the rest of the case. An attempt with its pause counts for no more than a fifth of that time: if a
    /// loaded machine slows down an attempt, it slows down the store's threads as well.
    pub(crate) async fn reopen(&self, world: &'static Context) -> Verdict<Handle> {
        self.until_it_opens(self.settings().deadline / 6, async || self.open_in(world).await).await
    }

    pub(super) async fn until_it_opens(
        &self,
        patience: Duration,
        open: impl AsyncFn() -> Verdict<Handle>,
    ) -> Verdict<Handle> {
        const PAUSE: Duration = Duration::from_millis(20);
        let mut left = patience;
        loop {
            let begun = Instant::now();
            match open().await {
                Err(failure) if matches!(*failure, Failure::NotOpened { .. }) && !left.is_zero() => {
                    left = left.saturating_sub((begun.elapsed() + PAUSE).min(patience / 5));
                    std::thread::sleep(PAUSE);
                }
                opened => return opened,
            }
        }
    }

    /// Takes the pause that the case has asked for, if it has asked for one since the last call.
    pub(crate) fn paused(&self) -> Option<Pause> {
        self.pause.lock().unwrap_or_else(PoisonError::into_inner).take()
    }
}
