//! Work that is done at the same time, by tasks or by threads.
//!
//! Everything that is spawned is boxed. The compiler generates the code of a task, or of a thread, anew for each type
//! that is spawned. With a type for each closure of each case, that would be more code than the cases.

use std::collections::VecDeque;
use std::future::poll_fn;
use std::pin::Pin;
use std::sync::{Arc, Barrier, Mutex, MutexGuard, PoisonError};

use tokio::runtime::{Handle, RuntimeFlavor};
use tokio::sync::oneshot;
use tokio::task::coop::consume_budget;
use tokio::task::{JoinSet, LocalSet};

use crate::conformance::history::{Failure, History, Verdict};
use crate::conformance::session::Budget;
use crate::conformance::session::panics;

/// A call, or a few calls that belong together, with the check of their outcomes.
pub(crate) type Job = Pin<Box<dyn Future<Output = Verdict> + Send>>;

/// Calls that are made side by side, each in a task of its own. Dropping this drops the calls that still run.
#[derive(Default)]
pub(crate) struct Calls(JoinSet<Verdict>);

impl Calls {
    pub(crate) fn start(&mut self, call: impl Future<Output = Verdict> + Send + 'static) {
        let call: Job = Box::pin(call);
        self.0.spawn(call);
    }

    /// Waits for all calls, even after one has failed.
    pub(crate) async fn all(self) -> Verdict {
        self.0.join_all().await.into_iter().collect()
    }

    /// Waits for all calls, or for the first one that fails.
    pub(crate) async fn all_or_first_failure(mut self) -> Verdict {
        // Not `join_all`, which would wait for the others after a failure.
        while let Some(ended) = self.0.join_next().await {
            ended.unwrap_or_else(|panic| std::panic::resume_unwind(panic.into_panic()))?;
        }
        Ok(())
    }
}

/// How many jobs to do, as long as none fails.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Extent {
    All,
    /// One, and then as many as the budget allows.
    WhileThereIsTime,
}

/// Does jobs in their order, up to `most_tasks` at a time, and returns how many were done. After one has failed, at most as
/// many again begin, while the budget lasts, to show what else is wrong.
///
/// One task begins, and the others join it as soon as a job has to wait: until then they would do nothing but take turns,
/// and to spawn a task may take longer than a job. Where they have threads to run on, they all begin at once.
pub(crate) async fn run_jobs(
    jobs: impl Iterator<Item = Job>,
    most_tasks: usize,
    extent: Extent,
    budget: &Budget,
) -> Verdict<usize> {
    let waiting: VecDeque<_> = jobs.collect();
    let (count, tasks) = (waiting.len(), most_tasks.min(waiting.len()));
    let queue = Arc::new(Mutex::new(Queue { waiting, tasks, extent, budget: budget.clone(), failure: None }));
    let (waits, others_may_begin) = oneshot::channel();
    let mut runners = Calls::default();
    runners.start(run_some(Arc::clone(&queue), Some(waits)));
    if Handle::current().runtime_flavor() == RuntimeFlavor::CurrentThread {
        // An error says that the first task has ended, or that a job has panicked.
        let _ = others_may_begin.await;
    }
    let others = lock(&queue).waiting.len().min(tasks.saturating_sub(1));
    for _ in 0..others {
        runners.start(run_some(Arc::clone(&queue), None));
    }
    runners.all().await?;
    let mut queue = lock(&queue);
    queue.failure.take().map_or(Ok(count - queue.waiting.len()), Err)
}

/// The jobs that several tasks share.
struct Queue {
    waiting: VecDeque<Job>,
    tasks: usize,
    extent: Extent,
    budget: Budget,
    /// The failure of the first job that failed.
    failure: Option<Box<Failure>>,
}

impl Queue {
    /// The next job, if that should go on.
    fn next(&mut self) -> Option<Job> {
        let goes_on = match (&self.failure, self.extent) {
            (Some(_), _) => !self.budget.is_over(),
            (None, Extent::All) => true,
            (None, Extent::WhileThereIsTime) => self.waiting.is_empty() || self.budget.is_left(),
        };
        if goes_on { self.waiting.pop_front() } else { None }
    }

    fn fail(&mut self, failure: Box<Failure>) {
        self.failure.get_or_insert(failure);
        self.waiting.truncate(self.tasks);
    }
}

/// Does jobs until the queue gives no more, and says when one has to wait.
async fn run_some(queue: Arc<Mutex<Queue>>, mut waits: Option<oneshot::Sender<()>>) -> Verdict {
    let is_first = waits.is_some();
    let mut next = if is_first { lock(&queue).waiting.pop_front() } else { lock(&queue).next() };
    while let Some(mut job) = next {
        let ended = poll_fn(|context| {
            let poll = job.as_mut().poll(context);
            if poll.is_pending()
                && let Some(waits) = waits.take()
            {
                let _ = waits.send(());
            }
            poll
        });
        if let Err(failure) = ended.await {
            lock(&queue).fail(failure);
        }
        // If no job ever waits, this gives the tasks of the store a turn now and then.
        consume_budget().await;
        next = lock(&queue).next();
    }
    Ok(())
}

fn lock(queue: &Mutex<Queue>) -> MutexGuard<'_, Queue> {
    // No job runs while the lock is held, so a panic has left the queue consistent.
    queue.lock().unwrap_or_else(PoisonError::into_inner)
}

/// The work of each of several threads, or of several tasks on one thread. The argument is the number of the thread or
/// task.
pub(crate) type Work<T> = Arc<dyn Fn(usize) -> Pin<Box<dyn Future<Output = Verdict<T>>>> + Send + Sync>;

pub(crate) fn boxed<T: 'static>(work: impl AsyncFn(usize) -> Verdict<T> + Send + Sync + 'static) -> Work<T> {
    let work = Arc::new(work);
    Arc::new(move |index| {
        let work = Arc::clone(&work);
        Box::pin(async move { work(index).await })
    })
}

/// Does `work` on `count` threads at once, whatever the runtime, and returns the result of each.
pub(crate) async fn on_threads<T: Send + 'static>(
    count: usize,
    work: Work<T>,
    history: &Arc<History>,
) -> Verdict<Vec<T>> {
    let start = Arc::new(Barrier::new(count));
    let mut ends = Vec::with_capacity(count);
    for index in 0..count {
        let (work, start, history) = (Arc::clone(&work), Arc::clone(&start), Arc::clone(history));
        let runtime = Handle::current();
        let (sender, end) = oneshot::channel();
        std::thread::spawn(move || {
            panics::watch(&history);
            start.wait();
            let result = panics::catch(|| runtime.block_on(work(index)));
            // Before the result is sent, so that this thread never holds the last reference to the store: that has to be
            // dropped below, on the runtime of the case.
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
    results
        .into_iter()
        .map(|result| result.unwrap_or_else(|message| history.failure_of_panic(message).into()))
        .collect()
}

/// Does `work` in `count` tasks on this thread, and returns the result of each.
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
    use std::time::Duration;

    use super::*;

    /// A store may need a runtime when it is dropped. Only `factory::drop_outside_a_runtime` drops one without.
    struct NeedsRuntime(Arc<std::sync::Mutex<Option<bool>>>);

    impl Drop for NeedsRuntime {
        fn drop(&mut self) {
            *self.0.lock().unwrap() = Some(tokio::runtime::Handle::try_current().is_ok());
        }
    }

    #[tokio::test]
    async fn the_work_of_threads_is_dropped_on_the_runtime() {
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

    /// A budget of this much time.
    fn budget(time: Duration) -> Budget {
        Budget::new(time, "a part", Arc::new(History::new()))
    }

    /// Jobs that each record their number when they begin. Those from the number `failing` on fail. The others yield once.
    fn jobs(begun: &Arc<Mutex<Vec<usize>>>, failing: usize) -> impl Iterator<Item = Job> {
        (0..100).map(move |number| -> Job {
            let begun = Arc::clone(begun);
            Box::pin(async move {
                begun.lock().unwrap().push(number);
                if number >= failing {
                    return Failure::Panicked { operation: None, message: number.to_string() }.into();
                }
                tokio::task::yield_now().await;
                Ok(())
            })
        })
    }

    #[tokio::test]
    async fn jobs_begin_in_their_order() {
        for extent in [Extent::All, Extent::WhileThereIsTime] {
            let begun = Arc::default();
            let done = run_jobs(jobs(&begun, usize::MAX), 4, extent, &budget(Duration::MAX)).await.unwrap();
            assert_eq!(done, 100);
            assert!(begun.lock().unwrap().iter().copied().eq(0..100));
        }
    }

    #[tokio::test]
    async fn one_job_is_done_when_no_time_is_left() {
        let begun = Arc::default();
        let budget = budget(Duration::ZERO);
        assert_eq!(run_jobs(jobs(&begun, usize::MAX), 4, Extent::WhileThereIsTime, &budget).await.unwrap(), 1);
        assert!(begun.lock().unwrap().iter().copied().eq(0..1));
        assert_eq!(run_jobs(jobs(&begun, usize::MAX), 4, Extent::All, &budget).await.unwrap(), 100);
    }

    #[tokio::test]
    async fn a_few_jobs_are_done_after_one_has_failed() {
        for (time, others) in [(Duration::MAX, 4), (Duration::ZERO, 0)] {
            let (begun, history) = (Arc::default(), Arc::new(History::new()));
            let budget = Budget::new(time, "a part", Arc::clone(&history));
            let failure = run_jobs(jobs(&begun, 10), 4, Extent::All, &budget).await.unwrap_err();
            assert!(matches!(*failure, Failure::Panicked { message, .. } if message == "10"));
            assert_eq!(begun.lock().unwrap().len(), 11 + others);
            assert!(history.notes().is_empty(), "it was not the time that ended it");
        }
    }

    /// How many tasks do jobs that wait from the number `waiting` on.
    async fn tasks_of_jobs_that_wait_from(waiting: usize) -> usize {
        let tasks = Arc::new(Mutex::new(std::collections::HashSet::new()));
        let job = |number| -> Job {
            let tasks = Arc::clone(&tasks);
            Box::pin(async move {
                tasks.lock().unwrap().insert(tokio::task::id());
                if number >= waiting {
                    tokio::task::yield_now().await;
                }
                Ok(())
            })
        };
        run_jobs((0..1_000).map(job), 4, Extent::All, &budget(Duration::MAX)).await.unwrap();
        tasks.lock().unwrap().len()
    }

    #[tokio::test]
    async fn other_tasks_join_when_a_job_waits() {
        assert_eq!(tasks_of_jobs_that_wait_from(usize::MAX).await, 1);
        assert_eq!(tasks_of_jobs_that_wait_from(990).await, 4);
    }

    #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
    async fn with_threads_all_tasks_begin_at_once() {
        let both = Arc::new(Barrier::new(2));
        let job = |_| -> Job {
            let both = Arc::clone(&both);
            Box::pin(async move {
                // Passes when the other job is there, too.
                both.wait();
                Ok(())
            })
        };
        assert_eq!(run_jobs((0..2).map(job), 2, Extent::All, &budget(Duration::MAX)).await.unwrap(), 2);
    }
}
