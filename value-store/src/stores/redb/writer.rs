//! Group commit: one thread takes all puts that wait, commits them together and answers each.
//!
//! A caller gives up a put when its future is dropped, by a timeout or otherwise. As far as any later call can tell,
//! the put has then happened or never will. For that, its fate is one atomic number, which changes once and in one
//! step:
//!
//! - The caller changes it from `WAITING` to `WITHDRAWN`. The thread will skip the put, so it never happens.
//! - The thread changes it from `WAITING` to the number of a batch. The put happens or fails when that batch ends. A
//!   caller that gives it up now finds the number, and notes it before the call returns; each later `get` waits for the
//!   end of that batch. Later puts come after it in the queue, and so in the file.
//!
//! So there is no moment at which a put could be given up unnoticed.

#[cfg(test)]
mod tests;

use std::sync::atomic::{AtomicU64, Ordering::SeqCst};
use std::sync::{Arc, mpsc};
use std::thread::{self, JoinHandle};
use std::{io, iter};

use bytes::Bytes;
use tokio::sync::{oneshot, watch};

use super::error::cause;
use crate::Error;

const WAITING: u64 = 0;
const WITHDRAWN: u64 = u64::MAX;

/// Bounds a transaction, and so how long a put waits for the others in its batch.
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
    /// The thread has failed: no more batches will end.
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
    /// The last batch that contained a put when its caller gave it up.
    undecided: AtomicU64,
}

impl Writer {
    /// Starts the thread. `commit` commits all the puts it is given, in their order, or none. The thread ends when it
    /// fails, because what the disk holds is unknown then.
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
        // If the thread has ended, the queue refuses the put, or drops it and so the sender of `answer`.
        let queued = self.queue.as_ref().is_some_and(|queue| queue.send(put).is_ok());
        if queued && answer.await.is_ok() { Ok(()) } else { Err(self.failure()) }
    }

    /// Returns `Ok` once every put that was given up before this call has happened or never will.
    pub(super) async fn settled(&self) -> Result<(), Error> {
        let undecided = self.undecided.load(SeqCst);
        let mut progress = self.progress.clone();
        let awaited = progress.wait_for(|progress| !matches!(progress, Progress::Ended(last) if *last < undecided));
        let settled = awaited.await.is_ok_and(|progress| matches!(*progress, Progress::Ended(_)));
        if settled { Ok(()) } else { Err(self.failure()) }
    }

    /// Ends the thread after its current batch. No future of this store is left by now, so every put in the queue has
    /// been withdrawn.
    pub(super) fn stop(&mut self) {
        drop(self.queue.take());
        let Some(thread) = self.thread.take() else { return };
        // An answer wakes a task, and that may drop the last handle right there, on this thread.
        if thread.thread().id() != thread::current().id() {
            // If the thread panicked, its callers had an error.
            let _ = thread.join();
        }
    }

    fn failure(&self) -> Error {
        match &*self.progress.borrow() {
            Progress::Failed(failure) => Error::backend(Arc::clone(failure)),
            // The thread ends without a report only when it panics.
            Progress::Ended(_) => Error::backend(Failure::Panic),
        }
    }
}

/// The caller's hold on its put, which is dropped when the call ends, with an answer or without.
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
        // The report comes before the answers: whoever has an answer finds that the batch has ended.
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
