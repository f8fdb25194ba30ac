//! Work with many keys: side by side, as far as there is time.

use bytes::Bytes;

use super::Session;
use super::handle::Handle;
use super::side_by_side::{Extent, Job, as_tasks, boxed, on_threads, share_out};
use crate::conformance::history::Verdict;

/// How many calls run at once where a case makes hundreds that need no order: enough to make a store that waits for a
/// disk or a network quick, few enough not to be a load test.
const SIDE_BY_SIDE: usize = 64;

/// How many run at once at first, so that a store too slow for more shows it early.
const FIRST_SIDE_BY_SIDE: usize = 4;

impl Session {
    /// Does `work` with each item, ever more of them side by side, as far as there is time, and returns with how many.
    pub(crate) async fn for_each<T, F>(&self, items: &[T], work: impl Fn(T) -> F) -> Verdict<usize>
    where
        T: Clone,
        F: Future<Output = Verdict> + Send + 'static,
    {
        let (mut done, mut size) = (0, FIRST_SIDE_BY_SIDE);
        while done < items.len() && (done == 0 || self.has_time()) {
            let some = &items[done..items.len().min(done + size)];
            done += share_out(jobs(some, &work), SIDE_BY_SIDE, Extent::WhileThereIsTime, &self.budget).await?;
            size *= 2;
        }
        Ok(done)
    }

    /// Puts all entries, ever more of them side by side, as far as there is time, and returns how many it put.
    pub(crate) async fn put_all(&self, store: &Handle, entries: &[(Bytes, Bytes)]) -> Verdict<usize> {
        let store = store.patient();
        let put = |(key, value)| {
            let store = store.clone();
            async move { store.put(&key, &value).await }
        };
        self.for_each(entries, put).await
    }

    /// Expects each key to have its value, many side by side.
    pub(crate) async fn expect_all(&self, store: &Handle, entries: &[(Bytes, Bytes)]) -> Verdict {
        let store = store.patient();
        let expect = |(key, value)| {
            let store = store.clone();
            async move { store.expect(&key, &value).await }
        };
        share_out(jobs(entries, &expect), SIDE_BY_SIDE, Extent::All, &self.budget).await.map(drop)
    }

    /// Expects each key to be missing, many side by side, as far as there is time.
    pub(crate) async fn expect_none(&self, store: &Handle, keys: &[Bytes]) -> Verdict {
        let store = store.patient();
        let expect_missing = |key: Bytes| {
            let store = store.clone();
            async move { store.expect_missing(&key).await }
        };
        self.for_each(keys, expect_missing).await.map(drop)
    }

    /// Does `work` on so many threads at once, whatever the runtime, and returns what each of them did. Where the clock is
    /// paused, it is so many tasks on the one thread: the clock would jump ahead of calls that other threads make.
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

/// What `work` does with each item.
fn jobs<T, F>(items: &[T], work: impl Fn(T) -> F) -> impl Iterator<Item = Job>
where
    T: Clone,
    F: Future<Output = Verdict> + Send + 'static,
{
    items.iter().map(move |item| -> Job { Box::pin(work(item.clone())) })
}
