//! A lock for each key that is in use. It goes along with the work, and so is held until the work has ended.

#[cfg(test)]
mod tests;

use std::hash::BuildHasher;
use std::sync::{Arc, Mutex, PoisonError, Weak};

use foldhash::HashMap;
use foldhash::quality::RandomState;
use tokio::sync::RwLock;

use super::blocking;
use crate::Error;

/// How many reads of one key may run at the same time. So a key that stalls takes this many of tokio's threads at most,
/// however often it is asked for again.
const MAX_READS: u32 = 16;

/// A blocking engine, which does its work off the runtime, and for each key in order.
///
/// [`write`](Self::write) and [`read`](Self::read) each do one piece of work, as [`blocking`] does. A write of a key has
/// the key to itself. Reads of a key run beside each other, and up to 16 of them at the same time. Work on different keys
/// does not wait for each other, as far as tokio has threads.
///
/// # Calls that were given up
///
/// If a future is dropped, by [`within`](super::within) or otherwise, work that has not begun never does. Work that has
/// begun goes on to its end, and everything later on its key waits for that, within its own timeout. So a store whose
/// calls are one piece of work each is settled and linearizable, key by key, if each piece that ends is whole.
///
/// When the `InOrder` is dropped, work that has begun goes on, too, and then the engine is dropped. An engine that has to
/// be alone in its place, such as a directory, holds a lock on that for as long as it lives.
///
/// # Engines
///
/// The engine is shared between threads. One that is not made for that, or that does one thing at a time, goes into a
/// [`Mutex`]: `InOrder<Mutex<Connection>>`.
///
/// # Panics
///
/// If work panics, its call fails with [`Error::Backend`], and later calls use the engine as the panic has left it.
///
/// # Example
///
/// The [module](super#example) has a whole store.
///
/// ```
/// use std::collections::BTreeMap;
/// use std::sync::Mutex;
/// use std::time::Duration;
/// use tokio::sync::oneshot;
/// use value_store::Error;
/// use value_store::calls::InOrder;
///
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<(), Error> {
/// let values = InOrder::new(Mutex::new(BTreeMap::<Vec<u8>, String>::new()));
///
/// let (begins, has_begun) = oneshot::channel();
/// let slow = values.write(b"key", move |values, key| {
///     let _ = begins.send(());
///     std::thread::sleep(Duration::from_millis(50));
///     values.lock().unwrap().insert(key.into(), "slow".into());
///     Ok(())
/// });
/// // Dropped while it is at work: it goes on, and what follows comes after it.
/// tokio::select! {
///     biased;
///     _ = has_begun => {}
///     _ = slow => {}
/// }
///
/// let found = values.read(b"key", |values, key| values.lock().unwrap().get(key).cloned().ok_or(Error::NotFound));
/// assert_eq!(found.await?, "slow");
/// # Ok(())
/// # }
/// ```
#[derive(Debug)]
pub struct InOrder<E> {
    engine: Arc<E>,
    /// By the hash of a key: keys with the same hash wait for each other, which harms nothing.
    locks: Mutex<HashMap<u64, Weak<RwLock<()>>>>,
    hasher: RandomState,
}

impl<E: Send + Sync + 'static> InOrder<E> {
    /// Wraps an engine, for which no work is under way.
    #[must_use]
    pub fn new(engine: E) -> Self {
        Self { engine: Arc::new(engine), locks: Mutex::default(), hasher: RandomState::default() }
    }

    /// Does work that changes what `key` has, after all that began on the key before. The work is given the engine and
    /// the key.
    ///
    /// # Errors
    ///
    /// As for [`blocking`].
    ///
    /// # Panics
    ///
    /// Outside a tokio runtime.
    pub async fn write<T>(
        &self,
        key: &[u8],
        work: impl FnOnce(&E, &[u8]) -> Result<T, Error> + Send + 'static,
    ) -> Result<T, Error>
    where
        T: Send + 'static,
    {
        let turn = self.lock_of(key).write_owned().await;
        self.work(turn, key, work).await
    }

    /// Does work that only looks at what `key` has, beside other reads and after all writes that began on the key
    /// before. The work is given the engine and the key.
    ///
    /// # Errors
    ///
    /// As for [`blocking`].
    ///
    /// # Panics
    ///
    /// Outside a tokio runtime.
    pub async fn read<T>(
        &self,
        key: &[u8],
        work: impl FnOnce(&E, &[u8]) -> Result<T, Error> + Send + 'static,
    ) -> Result<T, Error>
    where
        T: Send + 'static,
    {
        let turn = self.lock_of(key).read_owned().await;
        self.work(turn, key, work).await
    }

    async fn work<T: Send + 'static>(
        &self,
        turn: impl Send + 'static,
        key: &[u8],
        work: impl FnOnce(&E, &[u8]) -> Result<T, Error> + Send + 'static,
    ) -> Result<T, Error> {
        let (engine, key) = (Arc::clone(&self.engine), key.to_vec());
        blocking(move || {
            let _turn = turn;
            work(&engine, &key)
        })
        .await
    }

    fn lock_of(&self, key: &[u8]) -> Arc<RwLock<()>> {
        let hash = self.hasher.hash_one(key);
        // Ignored if poisoned: a panic here, for want of memory, leaves the map as it was.
        let mut locks = self.locks.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(lock) = locks.get(&hash).and_then(Weak::upgrade) {
            return lock;
        }
        if locks.len() == locks.capacity() {
            locks.retain(|_, lock| lock.strong_count() > 0);
        }
        let lock = Arc::new(RwLock::with_max_readers((), MAX_READS));
        locks.insert(hash, Arc::downgrade(&lock));
        lock
    }
}
