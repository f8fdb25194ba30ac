//! The thread that writes changes down: it takes all that wait, and commits them together.

use std::io;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, mpsc};
use std::thread::{self, JoinHandle};

use libp2p::kad::RecordKey;
use libp2p::{Multiaddr, PeerId};
use tokio::sync::watch;

use super::entry::Entry;
use super::progress::{Progress, WriteError, Written};
use crate::stores::redb::error::cause;

/// How many changes a commit has at most, so that none waits long for the others.
const MAX_CHANGES: usize = 1024;

/// A commit of this many bytes takes no further change, so that it fits into memory.
const MAX_BYTES: usize = 4 << 20;

/// What is to be written.
#[derive(Debug)]
pub(in crate::stores::kad) enum Change {
    /// A record of this key, or none.
    Record(RecordKey, Option<Entry>),
    /// What is published under this key and when that is due again, or nothing any longer.
    Publication(RecordKey, Option<(Vec<u8>, u64)>),
    /// Peers and their addresses. If these are all, the others are forgotten.
    Peers { are_all: bool, peers: Vec<(PeerId, Vec<Multiaddr>)> },
}

impl Change {
    #[cfg(test)]
    pub(in crate::stores::kad) fn is_record(&self) -> bool {
        matches!(self, Self::Record(..))
    }

    /// About how many bytes it takes.
    fn size(&self) -> usize {
        let content = match self {
            Self::Record(key, entry) => key.as_ref().len() + entry.as_ref().map_or(0, Entry::value_len),
            Self::Publication(key, publication) => {
                key.as_ref().len() + publication.as_ref().map_or(0, |(value, _)| value.len())
            }
            Self::Peers { peers, .. } => peers.iter().flat_map(|(_, addresses)| addresses).map(Multiaddr::len).sum(),
        };
        size_of::<Self>() + content
    }
}

/// The queue to the thread.
#[derive(Debug)]
pub(in crate::stores::kad) struct Journal {
    queue: Mutex<Queue>,
    thread: Mutex<Option<JoinHandle<()>>>,
    written: watch::Receiver<Written>,
    /// How many bytes of changes are not on disk.
    backlog: Arc<AtomicUsize>,
}

#[derive(Debug)]
struct Queue {
    /// `None` once closed.
    changes: Option<mpsc::Sender<(u64, Change)>>,
    /// The number of the last change.
    last: u64,
}

impl Journal {
    /// Starts the thread. `commit` commits all the changes that it is given, in their order, or none.
    pub(super) fn start(
        commit: impl FnMut(Vec<Change>) -> Result<(), redb::Error> + Send + 'static,
    ) -> io::Result<Self> {
        let (changes, queue) = mpsc::channel();
        let (report, written) = watch::channel(Written::Up(0));
        let backlog = Arc::default();
        let writer = Writer { queue, report, backlog: Arc::clone(&backlog) };
        let thread = thread::Builder::new().name("kad-records".into()).spawn(move || writer.run(commit))?;
        let queue = Queue { changes: Some(changes), last: 0 };
        Ok(Self { queue: Mutex::new(queue), thread: Mutex::new(Some(thread)), written, backlog })
    }

    /// Queues a change, and returns its number.
    pub(super) fn write(&self, change: Change) -> u64 {
        let mut queue = self.queue();
        queue.last += 1;
        let number = queue.last;
        if let Some(changes) = &queue.changes {
            let size = change.size();
            self.backlog.fetch_add(size, Ordering::Relaxed);
            // A thread that has failed takes none, and its report says so.
            if changes.send((number, change)).is_err() {
                self.backlog.fetch_sub(size, Ordering::Relaxed);
            }
        }
        number
    }

    /// The number of the last change that is on disk.
    pub(super) fn written(&self) -> u64 {
        match &*self.written.borrow() {
            Written::Up(number) => *number,
            // What is in memory may be more than what is on disk. Nobody shall read it.
            Written::Failed(_) => 0,
        }
    }

    pub(super) fn backlog(&self) -> usize {
        self.backlog.load(Ordering::Relaxed)
    }

    pub(super) fn progress(&self) -> Progress {
        Progress::new(self.queue().last, self.written.clone())
    }

    /// Writes what is in the queue, and closes the file. A second call waits for the first.
    pub(in crate::stores::kad) fn close(&self) {
        drop(self.queue().changes.take());
        // Held until the thread has ended, for a second call.
        let mut thread = self.thread.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(thread) = thread.take() {
            // It does not panic: a panic of a commit is a failure.
            let _ = thread.join();
        }
    }

    fn queue(&self) -> MutexGuard<'_, Queue> {
        // Nothing that can panic is done under the lock.
        self.queue.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// What the thread has.
struct Writer {
    queue: mpsc::Receiver<(u64, Change)>,
    report: watch::Sender<Written>,
    backlog: Arc<AtomicUsize>,
}

impl Writer {
    /// Writes until the queue is closed or a write fails. After a failure nobody knows what is on disk, so it ends.
    fn run(self, mut commit: impl FnMut(Vec<Change>) -> Result<(), redb::Error>) {
        while let Some(Batch { changes, last, size }) = self.next() {
            // redb may panic on damage for which it has no error.
            let committed = catch_unwind(AssertUnwindSafe(|| commit(changes)));
            let error = match committed {
                Ok(Ok(())) => {
                    self.backlog.fetch_sub(size, Ordering::Relaxed);
                    self.report.send_replace(Written::Up(last));
                    continue;
                }
                Ok(Err(error)) => cause(error),
                Err(_) => "the commit panicked, and the message of the panic says why".into(),
            };
            // Nothing waits any longer. What is queued is dropped with this thread.
            self.backlog.store(0, Ordering::Relaxed);
            self.report.send_replace(Written::Failed(WriteError::new(error)));
            return;
        }
    }

    /// Waits for a change, and takes with it those that wait already.
    fn next(&self) -> Option<Batch> {
        let (last, first) = self.queue.recv().ok()?;
        let mut batch = Batch { size: first.size(), changes: vec![first], last };
        while batch.changes.len() < MAX_CHANGES
            && batch.size < MAX_BYTES
            && let Ok((number, change)) = self.queue.try_recv()
        {
            batch.size += change.size();
            batch.changes.push(change);
            batch.last = number;
        }
        Some(batch)
    }
}

/// The changes of one commit.
struct Batch {
    changes: Vec<Change>,
    /// The number of the last of them.
    last: u64,
    /// In bytes.
    size: usize,
}
