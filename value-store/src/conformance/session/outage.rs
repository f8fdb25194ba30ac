//! Outages of the backend, and the recovery of a store after one.

use std::sync::Arc;
use std::time::{Duration, Instant};

use bytes::Bytes;

use super::{Handle, Request, Session};
use crate::conformance::history::{Expected, Failure, Happening, History, Kind, Verdict};
use crate::conformance::subject::{Claim, Settings};
use crate::conformance::world::Context;

/// An outage of all links and gates of the world. Dropping this ends the outage. So it ends even if the case fails, and no
/// store is dropped during an outage.
pub(crate) struct Outage {
    world: &'static Context,
    /// The number of the world.
    number: usize,
    history: Arc<History>,
}

impl Outage {
    /// Lets everything that waits in a stall go on, as far as the next place where it has to wait.
    pub(crate) fn let_one_step_pass(&self) {
        self.history.happens(Happening::Stepped { world: self.number });
        self.world.switch().step();
    }

    /// Lets new calls through. Those that stall wait on.
    pub(crate) fn let_new_calls_pass(&self) {
        self.history.happens(Happening::OpenToNew { world: self.number });
        self.world.switch().open_to_new();
    }

    pub(crate) fn heal(self) {
        drop(self);
    }
}

impl Drop for Outage {
    fn drop(&mut self) {
        self.history.happens(Happening::Healed { world: self.number });
        self.world.switch().heal();
    }
}

impl Session {
    /// Opens a handle, and fails if the factory opened no link and no gate to interrupt.
    pub(crate) async fn open_with_outages(&self) -> Verdict<Handle> {
        let store = self.open().await?;
        if self.world().can_fail() {
            return Ok(store);
        }
        let setting = "a link or a gate: the store claims `faults`, and its factory opened neither (Context::link, \
                       Context::gate)";
        Failure::Needs { setting }.into()
    }

    /// A handle other than the one that put this value, so that an answer has to come from the backend. If the store is not
    /// `shared`, it is the same handle.
    pub(crate) async fn reader_of(&self, store: &Handle, key: &Bytes, value: &Bytes) -> Verdict<Handle> {
        if !self.is_claimed(Claim::Shared) {
            return Ok(store.clone());
        }
        let reader = self.open().await?;
        if !self.settings().propagation.is_zero() {
            self.expect_to_arrive(&reader, key, value).await?;
            self.until_it_stays().await;
        }
        Ok(reader)
    }

    pub(crate) fn stall(&self) -> Outage {
        self.stall_in(self.world())
    }

    pub(crate) fn stall_in(&self, world: &'static Context) -> Outage {
        world.switch().stall();
        self.history.happens(Happening::Stalled { world: self.number_of(world) });
        self.outage(world)
    }

    pub(crate) fn cut(&self) -> Outage {
        self.cut_in(self.world())
    }

    pub(crate) fn cut_in(&self, world: &'static Context) -> Outage {
        world.switch().cut();
        self.history.happens(Happening::Cut { world: self.number_of(world) });
        self.outage(world)
    }

    fn outage(&self, world: &'static Context) -> Outage {
        Outage { world, number: self.number_of(world), history: Arc::clone(&self.history) }
    }

    /// A timeout so much longer than the grace that a store that waits for it twice is found, even if a loaded machine
    /// delays the timer that the store is measured against.
    pub(crate) fn noticeable(&self) -> Duration {
        let Settings { grace, deadline, .. } = self.settings();
        (*grace * 6).min(*deadline / 40)
    }

    /// A timeout for calls that cannot succeed. It is long enough for a store to find that out before it passes.
    pub(crate) fn patience(&self) -> Duration {
        self.settings().deadline / 20
    }

    /// Makes a call after an outage, and expects this outcome. While the call fails with `Backend` or `Timeout`, it is made
    /// again, for up to a quarter of the deadline.
    ///
    /// The store may need that time to recover: it may have to connect again, and may wait before it tries. An attempt
    /// counts for no more than its timeout, however long it takes on a loaded machine.
    pub(crate) async fn expect_after_outage(&self, store: &Handle, call: Request<'_>, expected: Expected) -> Verdict {
        const PAUSE: Duration = Duration::from_millis(20);
        let timeout = self.settings().deadline / 12;
        let store = store.with_timeout(timeout);
        let mut left = self.settings().deadline / 4;
        loop {
            let begun = Instant::now();
            let ended = store.make(call).await;
            let is_away = ended.outcome.is(Kind::Backend) || ended.outcome.is(Kind::Timeout);
            if !is_away || left.is_zero() {
                return ended.expect(expected);
            }
            tokio::time::sleep(PAUSE).await;
            left = left.saturating_sub(begun.elapsed().min(timeout) + PAUSE);
        }
    }

    /// Gets after an outage, and expects this value.
    pub(crate) async fn expect_value_after_outage(&self, store: &Handle, key: &Bytes, value: &Bytes) -> Verdict {
        self.expect_after_outage(store, Request::Get(key), Expected::Value(value.clone())).await
    }

    /// Puts after an outage, and expects `Ok`.
    pub(crate) async fn put_after_outage(&self, store: &Handle, key: &Bytes, value: &Bytes) -> Verdict {
        self.expect_after_outage(store, Request::Put(key, value), Expected::Stored).await
    }
}
