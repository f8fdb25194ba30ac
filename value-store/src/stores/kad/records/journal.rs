//! The thread that writes changes down: it takes all that wait, and commits them together.

use std::sync::{Mutex, MutexGuard, PoisonError, mpsc};
use std::thread::{self, JoinHandle};
use std::{io, iter};

use libp2p::kad::RecordKey;
use libp2p::{Multiaddr, PeerId};
use tokio::sync::watch;

use super::entry::Entry;
use super::progress::{Progress, WriteError, Written};
use crate::stores::redb::error::cause;

/// Bounds a transaction, and so how long a change waits for the others in its commit.
const MAX_CHANGES: usize = 1024;

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

/// The queue to the thread.
#[derive(Debug)]
pub(in crate::stores::kad) struct Journal {
    queue: Mutex<Queue>,
    thread: Mutex<Option<JoinHandle<()>>>,
    written: watch::Receiver<Written>,
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
        let thread = thread::Builder::new().name("kad-records".into()).spawn(move || run(&queue, &report, commit))?;
        let queue = Queue { changes: Some(changes), last: 0 };
        Ok(Self { queue: Mutex::new(queue), thread: Mutex::new(Some(thread)), written })
    }

    /// Queues a change, and returns its number.
    pub(super) fn write(&self, change: Change) -> u64 {
        let mut queue = self.queue();
        queue.last += 1;
        let number = queue.last;
        if let Some(changes) = &queue.changes {
            // A thread that has failed takes none, and its report says so.
            let _ = changes.send((number, change));
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

    pub(super) fn progress(&self) -> Progress {
        Progress::new(self.queue().last, self.written.clone())
    }

    /// Writes what is in the queue, and closes the file. A second call waits for the first.
    pub(in crate::stores::kad) fn close(&self) {
        drop(self.queue().changes.take());
        // Held until the thread has ended, for a second call.
        let mut thread = self.thread.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(thread) = thread.take() {
            // If the thread panicked, those who wait have had an error.
            let _ = thread.join();
        }
    }

    fn queue(&self) -> MutexGuard<'_, Queue> {
        // Nothing that can panic is done under the lock.
        self.queue.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Writes until the queue is closed or a write fails. After a failure nobody knows what is on disk, so it ends.
fn run(
    queue: &mpsc::Receiver<(u64, Change)>,
    report: &watch::Sender<Written>,
    mut commit: impl FnMut(Vec<Change>) -> Result<(), redb::Error>,
) {
    while let Ok(first) = queue.recv() {
        let waiting = iter::once(first).chain(queue.try_iter()).take(MAX_CHANGES);
        let (numbers, changes): (Vec<u64>, Vec<Change>) = waiting.unzip();
        if let Err(error) = commit(changes) {
            report.send_replace(Written::Failed(WriteError::new(cause(error))));
            return;
        }
        report.send_replace(Written::Up(numbers.last().copied().unwrap_or_default()));
    }
}
