//! A durable store in one file. `file.rs` is the open database, `open.rs` makes or opens any store's, `overlay.rs` keeps a
//! refused file as it was, and `writer.rs` is the thread that commits puts in groups.

pub(in crate::stores) mod error;
mod file;
pub(in crate::stores) mod open;
mod overlay;
#[cfg(test)]
mod tests;
mod writer;

use std::path::{Path, PathBuf};
use std::sync::Arc;

use async_trait::async_trait;
use bytes::Bytes;
use libp2p_identity::PeerId;
use tokio::task::spawn_blocking;

use crate::calls::{blocking, within};
use crate::stores::trace;
use crate::{Error, GetValueResult, Options, ValueStore};
pub use error::OpenError;
use error::cause;
use file::DatabaseFile;
use writer::Writer;

// redb's own limits: `MAX_VALUE_LENGTH` and `MAX_PAIR_LENGTH` in its `tree_store/page_store/base.rs`. It reports them
// with `ValueTooLarge`. They are checked before a put is queued, so that it cannot fail the puts in its batch.
const MAX_LEN_BYTES: u64 = 3 << 30;
const MAX_PAIR_LEN_BYTES: u64 = MAX_LEN_BYTES + (768 << 20);

/// A durable store in one file, on [redb](https://docs.rs/redb): embedded, with no server and no configuration.
///
/// ```
/// use value_store::{Options, ValueStore, stores::RedbStore};
///
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
/// # let directory = tempfile::tempdir()?;
/// # let path = directory.path().join("values.redb");
/// let store = RedbStore::open(&path).await?;
/// store.put(b"key", "value".into(), &Options::new()).await?;
/// drop(store);
///
/// let store = RedbStore::open(&path).await?;
/// assert_eq!(store.get(b"key", &Options::new()).await?.val, "value");
/// # Ok(())
/// # }
/// ```
///
/// # What it promises
///
/// It is durable: `put` returns `Ok` once the value is on disk, after an `fsync`. Puts that run at the same time share
/// an `fsync`, so many puts at once are many times faster than one after another.
///
/// It is linearizable, and settled in the strong sense: once a put has timed out, failed or been dropped, either every
/// later `get` sees it or none ever will. For that a `get` may wait for the commit that is under way, within its own
/// timeout.
///
/// When a write to the disk fails, nobody knows what is on the disk. From then on every call fails with
/// [`Error::Backend`], until the store is dropped and opened again.
///
/// # Handles
///
/// Clones are cheap and share the open file. Dropping the last one waits for a commit under way, ends the store's
/// thread and closes the file. When the drop returns, the file can be opened again; this takes about as long as a put.
/// Until then, the file is closed to other processes, and to other calls of [`open`](Self::open).
///
/// Calls run in a tokio runtime. It needs its timers if calls have timeouts. Disk work never blocks the runtime.
///
/// # Limits
///
/// A key or a value may have 3 GiB, and the two together 3.75 GiB: these are redb's limits. Both are in memory whole.
/// redb also caches up to 1 GiB of what it reads and writes.
///
/// # Errors, and what to do about them
///
/// | what is seen | what it means | what to do |
/// |---|---|---|
/// | [`OpenError`] | the file cannot be opened | its text says what is wrong and what to do |
/// | [`Error::NotFound`] | the key has no value | nothing: it is an answer |
/// | [`Error::Timeout`] | the disk was slower than the call allows | a longer timeout, or a faster disk |
/// | [`Error::InvalidKey`], [`Error::InvalidValue`] | it is longer than redb takes | store it in parts |
/// | [`Error::Backend`] about a write | the disk is full or has failed; nothing is taken any more | make room or replace the disk, then drop the store and open it again: what is on disk is there |
/// | [`Error::Backend`] about a read | the disk has failed, or the file is damaged | open it again: that verifies all of it |
///
/// # The file
///
/// The file is a redb database, which any program with redb can read. Its table `values` maps keys to values, both
/// `&[u8]`. Its table `value_store` maps `&str` to `&[u8]`: `format` to the single byte `1` in ASCII, and `peer_id` to
/// the bytes of the peer id.
#[derive(Clone, Debug)]
pub struct RedbStore {
    shared: Arc<Shared>,
}

#[derive(Debug)]
struct Shared {
    peer_id: PeerId,
    writer: Writer,
    file: Arc<DatabaseFile>,
}

impl RedbStore {
    /// Opens the store in the file at `path`, or makes one there if the file is missing or empty.
    ///
    /// The store's peer id is the one in the file. A new file gets a random one.
    ///
    /// If a crash has left the file incomplete, it is repaired. Opening reads the whole file and verifies every byte
    /// that the store will rely on: so damage to a value is an error now, and not a wrong value later.
    ///
    /// # Errors
    ///
    /// [`OpenError`] says what is wrong and what to do. A file that is damaged, or that is not a store, is left as it
    /// was, byte for byte.
    ///
    /// # Panics
    ///
    /// Outside a tokio runtime.
    pub async fn open(path: impl Into<PathBuf>) -> Result<Self, OpenError> {
        Self::open_as(path.into(), None).await
    }

    /// [Opens](Self::open) the store as `peer_id`: all its values are from that peer.
    ///
    /// The id replaces the one in the file, for later openings too. So a peer that changes its identity keeps its
    /// values.
    ///
    /// # Errors
    ///
    /// As for [`open`](Self::open).
    ///
    /// # Panics
    ///
    /// Outside a tokio runtime.
    pub async fn open_with_peer_id(path: impl Into<PathBuf>, peer_id: PeerId) -> Result<Self, OpenError> {
        Self::open_as(path.into(), Some(peer_id)).await
    }

    async fn open_as(path: PathBuf, peer_id: Option<PeerId>) -> Result<Self, OpenError> {
        let opened = {
            let path = path.clone();
            spawn_blocking(move || Self::open_blocking(&path, peer_id)).await
        };
        opened.unwrap_or_else(|error| Err(OpenError::from_join(&path, error)))
    }

    fn open_blocking(path: &Path, peer_id: Option<PeerId>) -> Result<Self, OpenError> {
        let (file, peer_id) = DatabaseFile::open(path, peer_id)?;
        let file = Arc::new(file);
        let writer = Writer::start({
            let file = Arc::clone(&file);
            move |puts| file.commit(puts)
        });
        let writer = writer.map_err(|source| OpenError::Io { path: path.into(), source })?;
        Ok(Self { shared: Arc::new(Shared { peer_id, writer, file }) })
    }

    /// The peer that every value of this store is from.
    #[must_use]
    pub fn peer_id(&self) -> PeerId {
        self.shared.peer_id
    }
}

impl Drop for Shared {
    fn drop(&mut self) {
        self.writer.stop();
        self.file.close();
    }
}

#[async_trait]
impl ValueStore for RedbStore {
    async fn put(&self, key: &[u8], value: Bytes, options: &Options) -> Result<(), Error> {
        let put = async {
            check_key(key)?;
            check_value(key, &value)?;
            within(options.timeout(), self.shared.writer.put(key, value)).await
        };
        trace::call("RedbStore", "put", key, put).await
    }

    async fn get(&self, key: &[u8], options: &Options) -> Result<GetValueResult, Error> {
        let read = async {
            check_key(key)?;
            self.shared.writer.settled().await?;
            let (file, key) = (Arc::clone(&self.shared.file), key.to_vec());
            let read = move || file.read(&key).map_err(|error| Error::backend(cause(error)))?.ok_or(Error::NotFound);
            let val = blocking(read).await?;
            Ok(GetValueResult { from: self.shared.peer_id, val })
        };
        trace::call("RedbStore", "get", key, within(options.timeout(), read)).await
    }
}

fn check_key(key: &[u8]) -> Result<(), Error> {
    if key.len() as u64 > MAX_LEN_BYTES {
        return Err(Error::InvalidKey(format!("{} bytes, and this store takes {MAX_LEN_BYTES}", key.len())));
    }
    Ok(())
}

fn check_value(key: &[u8], value: &[u8]) -> Result<(), Error> {
    let limit = MAX_LEN_BYTES.min(MAX_PAIR_LEN_BYTES - key.len() as u64);
    if value.len() as u64 > limit {
        return Err(Error::InvalidValue(format!("{} bytes, and this store takes {limit}", value.len())));
    }
    Ok(())
}
