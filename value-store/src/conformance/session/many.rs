//! Work with many keys or on many threads, side by side.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};

use bytes::Bytes;
use tokio::task::coop::consume_budget;

use super::Session;
use super::handle::Handle;
use super::side_by_side::{Extent, Job, as_tasks, boxed, on_threads, run_jobs};
use crate::conformance::history::{Outcome, Verdict};

/// How many calls run at once when a case makes hundreds of calls in any order. It is enough to be quick with a store
/// that waits for a disk or a network, and too few for a load test.
const SIDE_BY_SIDE: usize = 64;

/// How many calls run at once at first. A store that is too slow for more shows it early.
const FIRST_SIDE_BY_SIDE: usize = 4;

/// How many entries a job puts in turn when a store is filled.
const IN_TURN: usize = 64;

impl Session {
    /// Does `work` with the items until the budget is used up, and returns how many it got through. The number of items
    /// side by side grows.
    pub(crate) async fn for_each<T, F>(&self, items: &[T], work: impl Fn(T) -> F) -> Verdict<usize>
    where
        T: Clone,
        F: Future<Output = Verdict> + Send + 'static,
    {
        let (mut done, mut size) = (0, FIRST_SIDE_BY_SIDE);
        while done < items.len() && (done == 0 || self.has_time()) {
            let some = &items[done..items.len().min(done + size)];
            done += run_jobs(jobs(some, &work), SIDE_BY_SIDE, Extent::WhileThereIsTime, &self.budget).await?;
            size *= 2;
        }
        Ok(done)
    }

    /// Puts the entries side by side until the budget is used up, and returns how many it put.
    pub(crate) async fn put_all(&self, store: &Handle, entries: &[(Bytes, Bytes)]) -> Verdict<usize> {
        let store = store.patient();
        let put = |(key, value)| {
            let store = store.clone();
            async move { store.put(&key, &value).await }
        };
        self.for_each(entries, put).await
    }

    /// Puts entries until the budget is used up or a put fails: a store that is full may say so. Returns the entries that
    /// the store took. Each job puts many, one after the other: to make a job for each would take as long as many a put.
    pub(crate) async fn fill<'a>(
        &self,
        store: &Handle,
        entries: &'a [(Bytes, Bytes)],
    ) -> Verdict<Vec<&'a (Bytes, Bytes)>> {
        let (store, is_full) = (store.patient(), Arc::new(AtomicBool::new(false)));
        let in_turn: Vec<_> =
            entries.chunks(IN_TURN).map(|some| (Arc::from(some), Arc::new(AtomicUsize::new(0)))).collect();
        let put = |(entries, taken): (Arc<[(Bytes, Bytes)]>, Arc<AtomicUsize>)| {
            let (store, is_full, budget) = (store.clone(), Arc::clone(&is_full), self.budget());
            async move {
                for (key, value) in entries.iter() {
                    if is_full.load(Ordering::Relaxed) || budget.is_over() {
                        break;
                    }
                    if !matches!(store.start_put(key, value).await.outcome, Outcome::Stored) {
                        is_full.store(true, Ordering::Relaxed);
                        break;
                    }
                    taken.fetch_add(1, Ordering::Relaxed);
                    consume_budget().await;
                }
                Ok(())
            }
        };
        self.for_each(&in_turn, put).await?;
        let mut taken = Vec::with_capacity(entries.len());
        for (some, (_, count)) in entries.chunks(IN_TURN).zip(&in_turn) {
            taken.extend(&some[..count.load(Ordering::Relaxed)]);
        }
        if is_full.load(Ordering::Relaxed) {
            self.history.note(format_args!("a put failed after {} others: the store counts as full", taken.len()));
        }
        Ok(taken)
    }

    /// Gets all keys side by side, and expects each to have its value.
    pub(crate) async fn expect_all(&self, store: &Handle, entries: &[(Bytes, Bytes)]) -> Verdict {
        let store = store.patient();
        let expect = |(key, value)| {
            let store = store.clone();
            async move { store.expect(&key, &value).await }
        };
        run_jobs(jobs(entries, &expect), SIDE_BY_SIDE, Extent::All, &self.budget).await.map(drop)
    }

    /// Gets the keys side by side until the budget is used up, and expects each to be missing.
    pub(crate) async fn expect_none(&self, store: &Handle, keys: &[Bytes]) -> Verdict {
        let store = store.patient();
        let expect_missing = |key: Bytes| {
            let store = store.clone();
            async move { store.expect_missing(&key).await }
        };
        self.for_each(keys, expect_missing).await.map(drop)
    }

    /// Does `work` on `count` threads at once, whatever the runtime of the case, and returns the result of each. If the
    /// clock is paused, it uses tasks on one thread instead: that clock would jump while calls run on other threads.
    pub(crate) async fn on_threads<T, W>(&self, count: usize, work: W) -> Verdict<Vec<T>>
    where
        T: Send + 'static,
        W: AsyncFn(usize) -> Verdict<T> + Send + Sync + 'static,
    {
        if self.settings().runtime.is_paused() {
            return as_tasks(count, boxed(work)).await;
        }
        on_threads(count, boxed(work), &self.history).await
    }
}

/// A job for each item: `work` with that item.
fn jobs<T, F>(items: &[T], work: impl Fn(T) -> F) -> impl Iterator<Item = Job>
where
    T: Clone,
    F: Future<Output = Verdict> + Send + 'static,
{
    items.iter().map(move |item| -> Job { Box::pin(work(item.clone())) })
}
