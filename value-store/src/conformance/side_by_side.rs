//! Work that is done at the same time, by tasks or by threads.
//!
//! What is spawned is boxed. The compiler makes a task, or a thread, of its own for each type that is spawned, and with one
//! for each closure of each case those would be more code than the cases.

use std::collections::VecDeque;
use std::pin::Pin;
use std::sync::{Arc, Barrier, Mutex, MutexGuard, PoisonError};

use tokio::sync::oneshot;
use tokio::task::coop::consume_budget;
use tokio::task::{JoinSet, LocalSet};

use crate::conformance::failure::{Failure, Verdict};
use crate::conformance::history::History;
use crate::conformance::panics;
use crate::conformance::session::Budget;

/// A call, or some that are made one after the other.
pub(crate) type Call = Pin<Box<dyn Future<Output = Verdict> + Send>>;

/// Calls that are made side by side, each in a task of its own. Those that still run when this is dropped are dropped.
#[derive(Default)]
pub(crate) struct Calls(JoinSet<Verdict>);

impl Calls {
    pub(crate) fn start(&mut self, call: impl Future<Output = Verdict> + Send + 'static) {
        let call: Call = Box::pin(call);
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

/// Makes the calls in their order, so many at a time, and returns how many it made: all of them, or those that there was time
/// for, one for each task at least. When one fails, as many others begin as there are tasks, to show what else is wrong.
///
/// A task makes one call after the other. One for each call, where there are hundreds, would take longer than the call.
pub(crate) async fn share_out(
    calls: impl Iterator<Item = Call>,
    tasks: usize,
    time: Option<&Budget>,
) -> Verdict<usize> {
    let queue = Queue { waiting: calls.collect(), failure: None };
    let count = queue.waiting.len();
    let queue = Arc::new(Mutex::new(queue));
    let mut sharers = Calls::default();
    for _ in 0..tasks.min(count) {
        sharers.start(make_some(Arc::clone(&queue), tasks, time.cloned()));
    }
    sharers.all().await?;
    let mut queue = lock(&queue);
    queue.failure.take().map_or(Ok(count - queue.waiting.len()), Err)
}

/// Calls that several tasks make between them.
struct Queue {
    waiting: VecDeque<Call>,
    /// That of the first that failed.
    failure: Option<Box<Failure>>,
}

/// Makes calls as long as there are any, and there is time.
async fn make_some(queue: Arc<Mutex<Queue>>, tasks: usize, time: Option<Budget>) -> Verdict {
    let mut next = lock(&queue).waiting.pop_front();
    while let Some(call) = next {
        if let Err(failure) = call.await {
            let mut queue = lock(&queue);
            queue.failure.get_or_insert(failure);
            queue.waiting.truncate(tasks);
        }
        // Where no call has to wait for anything, the others have their turn now and then.
        consume_budget().await;
        let waiting = &mut lock(&queue).waiting;
        let goes_on = waiting.is_empty() || time.as_ref().is_none_or(Budget::is_left);
        next = if goes_on { waiting.pop_front() } else { None };
    }
    Ok(())
}

fn lock(queue: &Mutex<Queue>) -> MutexGuard<'_, Queue> {
    // No call is made under it.
    queue.lock().unwrap_or_else(PoisonError::into_inner)
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
    use std::time::{Duration, Instant};

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

    /// Calls of which each says when it begins, and fails if its number is `failing` or beyond.
    fn calls(begun: &Arc<Mutex<Vec<usize>>>, failing: usize) -> impl Iterator<Item = Call> {
        (0..100).map(move |number| -> Call {
            let begun = Arc::clone(begun);
            Box::pin(async move {
                begun.lock().unwrap().push(number);
                if number >= failing {
                    return Failure::Panicked { message: number.to_string() }.into();
                }
                tokio::task::yield_now().await;
                Ok(())
            })
        })
    }

    fn budget(length: Duration) -> Budget {
        Budget { end: Some(Instant::now() + length), history: Arc::new(History::new()) }
    }

    #[tokio::test]
    async fn calls_are_shared_out_in_their_order() {
        let begun = Arc::default();
        assert_eq!(share_out(calls(&begun, usize::MAX), 4, Some(&budget(Duration::from_secs(60)))).await.unwrap(), 100);
        assert!(begun.lock().unwrap().iter().copied().eq(0..100));
    }

    #[tokio::test]
    async fn a_few_calls_are_made_after_one_has_failed() {
        let begun = Arc::default();
        let failure = share_out(calls(&begun, 10), 4, None).await.unwrap_err();
        assert!(matches!(*failure, Failure::Panicked { message } if message == "10"));
        assert_eq!(begun.lock().unwrap().len(), 11 + 4);
    }

    #[tokio::test]
    async fn each_task_makes_one_call_where_there_is_no_time() {
        let begun = Arc::default();
        assert_eq!(share_out(calls(&begun, usize::MAX), 4, Some(&budget(Duration::ZERO))).await.unwrap(), 4);
        assert!(begun.lock().unwrap().iter().copied().eq(0..4));
    }
}
