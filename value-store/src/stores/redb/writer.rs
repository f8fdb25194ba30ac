//! Group commit: one thread takes every put that waits, commits them together and answers each.
//!
//! A put whose caller gave it up (its future was dropped, by a timeout or otherwise) has happened by then or never will,
//! as far as any later call can tell. Its fate is one atomic number, and each end changes it in one step:
//!
//! - from `WAITING` to `WITHDRAWN` by the caller: the thread will pass the put over, so it never happens;
//! - from `WAITING` to the number of a batch by the thread: it happens or fails when that batch ends. A caller who gives
//!   it up now finds that number, and notes it before its call returns; each later `get` waits for the end of that batch.
//!   Later puts come after it in the queue, and so in the file.
//!
//! There is no moment between the two at which a put could be given up unnoticed.

use std::sync::atomic::{AtomicU64, Ordering::SeqCst};
use std::sync::{Arc, mpsc};
use std::thread::{self, JoinHandle};
use std::{io, iter};

use bytes::Bytes;
use tokio::sync::{oneshot, watch};

use super::file::cause;
use crate::Error;

const WAITING: u64 = 0;
const WITHDRAWN: u64 = u64::MAX;

/// Bounds a transaction, and so how long a put waits for those that came in its batch.
const MAX_BATCH_PUTS: usize = 1024;

/// A put in the queue.
#[derive(Debug)]
pub(super) struct Put {
    pub(super) key: Vec<u8>,
    pub(super) value: Bytes,
    fate: Arc<AtomicU64>,
    committed: oneshot::Sender<()>,
}

#[derive(Debug)]
enum Progress {
    /// The number of the last batch that ended.
    Ended(u64),
    /// There will be no more.
    Failed(Arc<Failure>),
}

#[derive(Debug, thiserror::Error)]
enum Failure {
    #[error("a write to the store's file failed: drop the store and open it again to see what is in it")]
    Commit(#[source] Box<dyn std::error::Error + Send + Sync>),
    #[error(
        "the thread that writes to the store's file panicked: drop the store and open it again to see what is in it"
    )]
    Panic,
}

/// The caller's side of the thread.
#[derive(Debug)]
pub(super) struct Writer {
    /// `None` once stopped.
    queue: Option<mpsc::Sender<Put>>,
    thread: Option<JoinHandle<()>>,
    progress: watch::Receiver<Progress>,
    /// The last batch that had a put in it when its caller gave it up.
    undecided: AtomicU64,
}

impl Writer {
    /// Starts the thread, which commits with `commit`: all the puts it is given, in their order, or none. A failure is the
    /// last thing it does, because what the disk holds after one is unknown.
    pub(super) fn start(
        commit: impl FnMut(&[Put]) -> Result<(), redb::Error> + Send + 'static,
    ) -> Result<Self, io::Error> {
        let (queue, puts) = mpsc::channel();
        let (report, progress) = watch::channel(Progress::Ended(0));
        let thread = thread::Builder::new().name("redb-writer".into()).spawn(move || run(&puts, &report, commit))?;
        Ok(Self { queue: Some(queue), thread: Some(thread), progress, undecided: AtomicU64::new(0) })
    }

    /// Returns `Ok` once the put is committed.
    pub(super) async fn put(&self, key: &[u8], value: Bytes) -> Result<(), Error> {
        let fate = Arc::new(AtomicU64::new(WAITING));
        let _caller = Caller { fate: Arc::clone(&fate), undecided: &self.undecided };
        let (committed, answer) = oneshot::channel();
        let put = Put { key: key.to_vec(), value, fate, committed };
        // Without its thread the queue refuses the put, or drops it and with it the other end of `answer`.
        let queued = self.queue.as_ref().is_some_and(|queue| queue.send(put).is_ok());
        if queued && answer.await.is_ok() { Ok(()) } else { Err(self.failure()) }
    }

    /// Returns `Ok` once all the puts that were given up before this call have happened or never will.
    pub(super) async fn settled(&self) -> Result<(), Error> {
        let undecided = self.undecided.load(SeqCst);
        let mut progress = self.progress.clone();
        let awaited = progress.wait_for(|progress| !matches!(progress, Progress::Ended(last) if *last < undecided));
        let settled = awaited.await.is_ok_and(|progress| matches!(*progress, Progress::Ended(_)));
        if settled { Ok(()) } else { Err(self.failure()) }
    }

    /// Ends the thread, after the batch that it has at hand. By now no future of this store is left, so all that is
    /// queued has been withdrawn.
    pub(super) fn stop(&mut self) {
        drop(self.queue.take());
        let Some(thread) = self.thread.take() else { return };
        // An answer wakes a task, and a waker may go as far as to drop the last handle, on the thread itself.
        if thread.thread().id() != thread::current().id() {
            // If it panicked, its callers had an error.
            let _ = thread.join();
        }
    }

    fn failure(&self) -> Error {
        match &*self.progress.borrow() {
            Progress::Failed(failure) => Error::backend(Arc::clone(failure)),
            // It ends without a report only in a panic.
            Progress::Ended(_) => Error::backend(Failure::Panic),
        }
    }
}

/// The caller's hold on its put. Dropped when the call ends, by an answer or without one.
struct Caller<'a> {
    fate: Arc<AtomicU64>,
    undecided: &'a AtomicU64,
}

impl Drop for Caller<'_> {
    fn drop(&mut self) {
        if let Err(batch) = self.fate.compare_exchange(WAITING, WITHDRAWN, SeqCst, SeqCst) {
            self.undecided.fetch_max(batch, SeqCst);
        }
    }
}

impl Put {
    fn is_taken_for(&self, batch: u64) -> bool {
        self.fate.compare_exchange(WAITING, batch, SeqCst, SeqCst).is_ok()
    }
}

fn run(
    queue: &mpsc::Receiver<Put>,
    report: &watch::Sender<Progress>,
    mut commit: impl FnMut(&[Put]) -> Result<(), redb::Error>,
) {
    for batch in 1.. {
        let Ok(first) = queue.recv() else { return };
        let waiting = iter::once(first).chain(queue.try_iter()).take(MAX_BATCH_PUTS);
        let puts: Vec<Put> = waiting.filter(|put| put.is_taken_for(batch)).collect();
        if puts.is_empty() {
            continue;
        }
        // The report comes first: whoever has an answer, or finds a later one, finds the batch ended.
        if let Err(error) = commit(&puts) {
            report.send_replace(Progress::Failed(Arc::new(Failure::Commit(cause(error)))));
            return;
        }
        report.send_replace(Progress::Ended(batch));
        for put in puts {
            // The caller may be gone.
            let _ = put.committed.send(());
        }
    }
}

#[cfg(test)]
mod tests {
    use std::pin::Pin;
    use std::sync::Mutex;
    use std::task::{Context, Poll, Wake, Waker};
    use std::time::Duration;

    use super::*;

    type Outcome = Result<(), redb::Error>;

    /// A writer whose commits the test sees begin, and ends by hand.
    struct Bench {
        writer: Writer,
        begun: mpsc::Receiver<Vec<Vec<u8>>>,
        outcomes: mpsc::Sender<Outcome>,
    }

    impl Bench {
        fn new() -> Self {
            let (report, begun) = mpsc::channel();
            let (outcomes, outcome) = mpsc::channel::<Outcome>();
            let writer = Writer::start(move |puts| {
                report.send(puts.iter().map(|put| put.key.clone()).collect()).unwrap();
                outcome.recv().unwrap()
            });
            Self { writer: writer.unwrap(), begun, outcomes }
        }

        /// A put that is in the queue or further.
        fn put<'a>(&'a self, key: &'a [u8]) -> Call<'a> {
            let mut put: Call<'a> = Box::pin(self.writer.put(key, Bytes::new()));
            assert!(poll(&mut put).is_pending());
            put
        }

        /// A put whose batch's commit has begun.
        fn put_in_flight<'a>(&'a self, key: &'a [u8]) -> Call<'a> {
            let put = self.put(key);
            assert_eq!(self.begun(), [key]);
            put
        }

        fn settled(&self) -> Call<'_> {
            Box::pin(self.writer.settled())
        }

        fn begun(&self) -> Vec<Vec<u8>> {
            self.begun.recv_timeout(Duration::from_secs(10)).unwrap()
        }

        fn end(&self, outcome: Outcome) {
            self.outcomes.send(outcome).unwrap();
        }
    }

    type Call<'a> = Pin<Box<dyn Future<Output = Result<(), Error>> + Send + 'a>>;

    fn poll(call: &mut Call<'_>) -> Poll<Result<(), Error>> {
        call.as_mut().poll(&mut Context::from_waker(Waker::noop()))
    }

    async fn finish(call: Call<'_>) -> Result<(), Error> {
        tokio::time::timeout(Duration::from_secs(10), call).await.expect("no answer in 10 s")
    }

    #[tokio::test]
    async fn puts_that_wait_are_committed_together_and_in_order() {
        let bench = Bench::new();
        let first = bench.put_in_flight(b"first");
        let keys: Vec<[u8; 1]> = (0..100).map(|key| [key]).collect();
        let waiting: Vec<_> = keys.iter().map(|key| bench.put(key)).collect();

        bench.end(Ok(()));
        finish(first).await.unwrap();
        assert_eq!(bench.begun(), keys);
        bench.end(Ok(()));
        for put in waiting {
            finish(put).await.unwrap();
        }
    }

    #[tokio::test]
    async fn a_put_is_answered_when_its_commit_has_ended() {
        let bench = Bench::new();
        let mut put = bench.put_in_flight(b"key");
        tokio::time::sleep(Duration::from_millis(20)).await;
        assert!(poll(&mut put).is_pending());
        bench.end(Ok(()));
        finish(put).await.unwrap();
    }

    #[tokio::test]
    async fn a_put_that_is_given_up_in_the_queue_is_never_committed() {
        let bench = Bench::new();
        let first = bench.put_in_flight(b"first");
        let given_up = bench.put(b"given up");
        let last = bench.put(b"last");
        drop(given_up);

        bench.end(Ok(()));
        finish(first).await.unwrap();
        assert_eq!(bench.begun(), [b"last"]);
        bench.end(Ok(()));
        finish(last).await.unwrap();
    }

    #[tokio::test]
    async fn what_comes_after_a_put_was_given_up_in_flight_waits_for_the_end_of_its_batch() {
        let bench = Bench::new();
        let in_flight = bench.put_in_flight(b"key");
        // Nothing is given up yet: a get that runs beside the put need not wait for it.
        finish(bench.settled()).await.unwrap();

        drop(in_flight);
        let mut settled = bench.settled();
        assert!(poll(&mut settled).is_pending());
        tokio::time::sleep(Duration::from_millis(20)).await;
        assert!(poll(&mut settled).is_pending());

        bench.end(Ok(()));
        finish(settled).await.unwrap();
        finish(bench.settled()).await.unwrap();
    }

    #[tokio::test]
    async fn a_failed_commit_fails_its_puts_and_all_that_follows_with_the_cause() {
        let bench = Bench::new();
        let first = bench.put_in_flight(b"first");
        let second = bench.put(b"second");
        bench.end(Err(redb::Error::Io(io::Error::other("the disk is gone"))));

        let later: Call<'_> = Box::pin(bench.writer.put(b"later", Bytes::new()));
        for call in [first, second, later, bench.settled()] {
            let error: Box<dyn std::error::Error> = finish(call).await.unwrap_err().into();
            let chain = iter::successors(Some(&*error), |error| error.source());
            assert!(chain.last().unwrap().to_string().ends_with("the disk is gone"));
        }
    }

    #[tokio::test]
    async fn a_panic_in_a_commit_is_an_error_for_every_caller() {
        let mut writer = Writer::start(|_| panic!("this panic belongs to the test")).unwrap();
        for call in [Box::pin(writer.put(b"key", Bytes::new())) as Call<'_>, Box::pin(writer.settled())] {
            assert!(finish(call).await.unwrap_err().is_backend());
        }
        writer.stop();
    }

    #[test]
    fn a_future_that_is_not_polled_puts_nothing() {
        let bench = Bench::new();
        let put = bench.writer.put(b"key", Bytes::new());
        thread::sleep(Duration::from_millis(20));
        drop(put);
        let _other = bench.put_in_flight(b"other");
        bench.end(Ok(()));
    }

    struct LastHandle(Writer);

    impl Drop for LastHandle {
        fn drop(&mut self) {
            self.0.stop();
        }
    }

    /// A task that is dropped when it is woken, and all it has with it.
    struct Task(Mutex<Option<Pin<Box<dyn Future<Output = ()> + Send>>>>, mpsc::Sender<()>);

    impl Wake for Task {
        fn wake(self: Arc<Self>) {
            drop(self.0.lock().unwrap().take());
            self.1.send(()).unwrap();
        }
    }

    #[test]
    fn the_last_handle_may_go_on_the_thread_itself() {
        let (release, wait) = mpsc::channel();
        let handle = LastHandle(Writer::start(move |_| wait.recv().unwrap()).unwrap());
        let (ended, end) = mpsc::channel();
        let task = Arc::new(Task(Mutex::new(None), ended));
        let mut future = Box::pin(async move { handle.0.put(b"key", Bytes::new()).await.unwrap() });
        let waker = Waker::from(Arc::clone(&task));
        assert!(future.as_mut().poll(&mut Context::from_waker(&waker)).is_pending());
        *task.0.lock().unwrap() = Some(future);

        release.send(Ok(())).unwrap();
        end.recv_timeout(Duration::from_secs(10)).unwrap();
    }
}
