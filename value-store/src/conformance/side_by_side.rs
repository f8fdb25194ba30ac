//! Work that is done at the same time, by tasks or by threads.
//!
//! What is spawned is boxed. The compiler makes a task, or a thread, of its own for each type that is spawned, and with one
//! for each closure of each case those would be more code than the cases.

use std::pin::Pin;
use std::sync::{Arc, Barrier};

use tokio::sync::oneshot;
use tokio::task::{JoinSet, LocalSet};

use crate::conformance::failure::{Failure, Verdict};
use crate::conformance::history::History;
use crate::conformance::panics;

/// Calls that are made side by side, each in a task of its own. Those that still run when this is dropped are dropped.
#[derive(Default)]
pub(crate) struct Calls(JoinSet<Verdict>);

impl Calls {
    pub(crate) fn start(&mut self, call: impl Future<Output = Verdict> + Send + 'static) {
        let call: Pin<Box<dyn Future<Output = Verdict> + Send>> = Box::pin(call);
        self.0.spawn(call);
    }

    /// Waits for all of them, though some have failed.
    pub(crate) async fn all(self) -> Verdict {
        self.0.join_all().await.into_iter().collect()
    }

    /// Waits for all of them, or for the first that fails.
    pub(crate) async fn all_or_first_failure(mut self) -> Verdict {
        // Not `join_all`, which waits for the others, too.
        while let Some(ended) = self.0.join_next().await {
            ended.unwrap_or_else(|panic| std::panic::resume_unwind(panic.into_panic()))?;
        }
        Ok(())
    }
}

/// What each of several threads, or of several tasks on one thread, does, given its number.
pub(crate) type Work<T> = Arc<dyn Fn(usize) -> Pin<Box<dyn Future<Output = Verdict<T>>>> + Send + Sync>;

pub(crate) fn boxed<T: 'static>(work: impl AsyncFn(usize) -> Verdict<T> + Send + Sync + 'static) -> Work<T> {
    let work = Arc::new(work);
    Arc::new(move |index| {
        let work = Arc::clone(&work);
        Box::pin(async move { work(index).await })
    })
}

/// Does `work` on so many threads at once, whatever the runtime, and returns what each of them did.
pub(crate) async fn on_threads<T: Send + 'static>(
    count: usize,
    work: Work<T>,
    history: &Arc<History>,
) -> Verdict<Vec<T>> {
    let start = Arc::new(Barrier::new(count));
    let mut ends = Vec::with_capacity(count);
    for index in 0..count {
        let (work, start, history) = (Arc::clone(&work), Arc::clone(&start), Arc::clone(history));
        let runtime = tokio::runtime::Handle::current();
        let (sender, end) = oneshot::channel();
        std::thread::spawn(move || {
            panics::watch(&history);
            start.wait();
            let result = panics::catch(|| runtime.block_on(work(index)));
            // Before it says that it has ended, so that the store goes below, on the runtime of the case.
            drop(work);
            let _ = sender.send(result);
        });
        ends.push(end);
    }
    let mut results = Vec::with_capacity(count);
    for end in ends {
        results.push(end.await.unwrap_or_else(|_| unreachable!("a thread sends even when its work panics")));
    }
    drop(work);
    results.into_iter().map(|result| result.unwrap_or_else(|message| Failure::Panicked { message }.into())).collect()
}

/// Does `work` in so many tasks on this thread.
pub(crate) async fn as_tasks<T: 'static>(count: usize, work: Work<T>) -> Verdict<Vec<T>> {
    let tasks = LocalSet::new();
    let ends: Vec<_> = (0..count).map(|index| tasks.spawn_local(work(index))).collect();
    drop(work);
    tasks.await;
    let mut results = Vec::with_capacity(count);
    for end in ends {
        results.push(end.await.unwrap_or_else(|panic| std::panic::resume_unwind(panic.into_panic()))?);
    }
    Ok(results)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What a store may need when it is dropped, which only `factory::drop_outside_a_runtime` is to take away.
    struct NeedsRuntime(Arc<std::sync::Mutex<Option<bool>>>);

    impl Drop for NeedsRuntime {
        fn drop(&mut self) {
            *self.0.lock().unwrap() = Some(tokio::runtime::Handle::try_current().is_ok());
        }
    }

    #[tokio::test]
    async fn what_threads_share_is_dropped_on_the_runtime() {
        for _ in 0..20 {
            let was_on_runtime = Arc::default();
            let store = NeedsRuntime(Arc::clone(&was_on_runtime));
            let work = boxed(async move |_| {
                let _ = &store;
                Ok(())
            });
            on_threads(4, work, &Arc::new(History::new())).await.unwrap();
            assert_eq!(*was_on_runtime.lock().unwrap(), Some(true));
        }
    }
}
