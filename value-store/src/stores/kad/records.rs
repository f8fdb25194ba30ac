//! The records that a node holds: in memory, and with a file on disk too. `index.rs` is what is in memory, `journal.rs`
//! is the thread that writes changes down, and `file.rs` is the file.

#[cfg(feature = "redb")]
mod entry;
#[cfg(feature = "redb")]
mod file;
mod index;
#[cfg(feature = "redb")]
mod journal;
mod progress;
mod publications;
#[cfg(all(test, feature = "redb"))]
mod tests;

use std::borrow::Cow;
use std::fmt;
use std::time::Instant;
#[cfg(feature = "redb")]
use std::{path::PathBuf, sync::Arc};

use libp2p::identity::Keypair;
use libp2p::kad::store::{Error, MemoryStore, RecordStore, Result};
use libp2p::kad::{ProviderRecord, Record, RecordKey};
use libp2p::{Multiaddr, PeerId};

use super::settings::{MAX_RECORDS, MAX_VALUE_LEN};
#[cfg(feature = "redb")]
use crate::stores::OpenError;
use index::Index;
#[cfg(feature = "redb")]
pub(super) use journal::Change;
pub use progress::{Progress, WriteError};
use publications::Publications;
pub(super) use publications::{MAX_INTERVAL, Publication};
#[cfg(feature = "redb")]
use {
    entry::{Entry, Now},
    journal::Journal,
};

/// A [`RecordStore`] of rust-libp2p that can keep its records in a file, for a swarm of your own. A
/// [`KadStore`](super::KadStore) with a [file](super::Builder::file) has it inside.
///
/// All records are in memory. [`open`](Self::open) also keeps them in a file, and with them the node's identity and the
/// peers that it [remembers](Self::remember_peer), so that a node that starts again is the same node.
///
/// ```
/// # #[cfg(feature = "redb")]
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
/// use value_store::stores::kad::libp2p::StreamProtocol;
/// use value_store::stores::kad::libp2p::kad::{Behaviour, Config, Record, store::RecordStore};
/// use value_store::stores::kad::{AcknowledgedOnDisk, Records};
///
/// # let directory = tempfile::tempdir()?;
/// # let path = directory.path().join("node.redb");
/// let records = Records::open(&path).await?;
/// let peer_id = records.identity().unwrap().public().to_peer_id();
/// let config = Config::new(StreamProtocol::new("/my-network/kad/1.0.0"));
/// let mut behaviour = AcknowledgedOnDisk::new(Behaviour::with_config(peer_id, records, config));
///
/// behaviour.store_mut().put(Record::new(b"key".to_vec(), b"value".to_vec()))?;
/// behaviour.store_mut().progress().of_all_changes().await?;
/// drop(behaviour);
///
/// let records = Records::open(&path).await?;
/// assert_eq!(records.identity().unwrap().public().to_peer_id(), peer_id);
/// assert_eq!(records.get(&b"key".to_vec().into()).unwrap().value, b"value");
/// # Ok(())
/// # }
/// # #[cfg(not(feature = "redb"))]
/// # fn main() {}
/// ```
///
/// # What it promises
///
/// A change never waits for the disk, so the task that runs the swarm does not either: a thread writes the changes down
/// in their order, many in one commit. [`Progress`] tells when they are on disk, after an `fsync`.
///
/// [`get`](RecordStore::get) and [`records`](RecordStore::records) show only what is on disk. So no peer reads a record
/// that a crash could still take back.
///
/// A peer that puts a record is answered by [`kad::Behaviour`](libp2p::kad::Behaviour), which asks no record store whether
/// it is done. [`AcknowledgedOnDisk`](super::AcknowledgedOnDisk) holds that answer back until it is true.
///
/// Expiry is kept over a restart by the system's clock: a record that expires while no process runs is gone at the next
/// start. A clock that was set back gives no record more time than it had when it came.
///
/// Provider records are held in memory, as in [`MemoryStore`], and not in the file: providers repeat them every few hours.
///
/// # Limits
///
/// 4,096 records, and 1 MiB a value, or as told: [`set_max_records`](Self::set_max_records) and
/// [`set_max_value_len`](Self::set_max_value_len). Records that have expired make room. A file may hold more than a lower
/// limit allows: these records stay until they expire.
///
/// # The file
///
/// It is a redb database, which any program with redb can read. The table `records` maps keys to a tuple: the bytes of
/// the publisher's id if there is one, when the record expires if it does, when it came, and the value. Both times are in
/// milliseconds since 1970, UTC. The table `publications` maps keys to when they are due again, and to the value. The table
/// `peers` maps the bytes of peer ids to lists of addresses in their binary form. The table `value_store` maps `format` to
/// `1`, and `identity` to the key pair in libp2p's protobuf, unencrypted: on Unix, only the owner may read a new file.
pub struct Records {
    index: Index,
    providers: MemoryStore,
    publications: Publications,
    limits: Limits,
    #[cfg(feature = "redb")]
    disk: Option<Disk>,
}

#[derive(Debug)]
struct Limits {
    records: usize,
    /// In bytes.
    value_len: usize,
}

/// What there is beside the records if they are in a file.
#[cfg(feature = "redb")]
#[derive(Debug)]
struct Disk {
    journal: Arc<Journal>,
    identity: Keypair,
    peers: Vec<(PeerId, Vec<Multiaddr>)>,
}

impl Records {
    /// Records in memory alone, for the node with this peer id.
    #[must_use]
    pub fn in_memory(local: PeerId) -> Self {
        Self {
            index: Index::default(),
            providers: MemoryStore::new(local),
            publications: Publications::default(),
            limits: Limits { records: MAX_RECORDS, value_len: MAX_VALUE_LEN },
            #[cfg(feature = "redb")]
            disk: None,
        }
    }

    /// How many records there may be: 4,096 by default.
    pub fn set_max_records(&mut self, records: usize) {
        self.limits.records = records;
    }

    /// The length of the longest value, in bytes: 1 MiB by default.
    pub fn set_max_value_len(&mut self, bytes: usize) {
        self.limits.value_len = bytes;
    }

    /// How far the changes so far are written down. In memory alone, all of them always are.
    #[must_use]
    pub fn progress(&self) -> Progress {
        #[cfg(feature = "redb")]
        if let Some(disk) = &self.disk {
            return disk.journal.progress();
        }
        Progress::none()
    }

    /// How many bytes of changes wait for the disk. They are in memory until then: a swarm that takes records faster than its
    /// disk should not be polled while this is much, as a [`KadStore`](super::KadStore) does above 64 MiB. In memory alone, and
    /// after a write has failed, none wait.
    #[must_use]
    pub fn backlog(&self) -> usize {
        #[cfg(feature = "redb")]
        if let Some(disk) = &self.disk {
            return disk.journal.backlog();
        }
        0
    }

    /// The newest record of a key, which may not be on disk yet. An expired one counts as none.
    #[must_use]
    pub fn latest(&self, key: &RecordKey) -> Option<&Record> {
        self.index.latest(key)
    }

    /// Whether there is room for a key that has no record yet.
    pub fn have_room(&mut self) -> bool {
        if self.index.len() >= self.limits.records {
            self.remove_expired();
        }
        self.index.len() < self.limits.records
    }

    /// Removes the records that have expired. A [`KadStore`](super::KadStore) does so at each refresh. In a swarm of your own,
    /// they stay until their room is needed.
    pub fn remove_expired(&mut self) {
        for key in self.index.expired() {
            self.remove(&key);
        }
    }

    /// The identity in the file. In memory alone there is none.
    #[must_use]
    pub fn identity(&self) -> Option<&Keypair> {
        #[cfg(feature = "redb")]
        if let Some(disk) = &self.disk {
            return Some(&disk.identity);
        }
        None
    }

    /// The peers that were in the file when it was opened, with their addresses. In memory alone there are none.
    #[must_use]
    pub fn peers(&self) -> &[(PeerId, Vec<Multiaddr>)] {
        #[cfg(feature = "redb")]
        if let Some(disk) = &self.disk {
            return &disk.peers;
        }
        &[]
    }

    /// Writes down a peer and its addresses, in place of those that the file has for it. In memory alone, this does
    /// nothing.
    pub fn remember_peer(&self, peer: PeerId, addresses: impl IntoIterator<Item = Multiaddr>) {
        self.remember(false, [(peer, addresses.into_iter().collect())]);
    }

    /// Writes down these peers and their addresses, and forgets all others. In memory alone, this does nothing.
    pub fn remember_peers(&self, peers: impl IntoIterator<Item = (PeerId, Vec<Multiaddr>)>) {
        self.remember(true, peers);
    }

    /// Another hold on the file, which can close it first.
    pub(super) fn hold(&self) -> Hold {
        Hold {
            progress: self.progress(),
            #[cfg(feature = "redb")]
            journal: self.disk.as_ref().map(|disk| Arc::clone(&disk.journal)),
        }
    }

    #[cfg_attr(not(feature = "redb"), expect(clippy::unused_self, reason = "without a file, there is nothing to ask"))]
    fn remember(&self, are_all: bool, peers: impl IntoIterator<Item = (PeerId, Vec<Multiaddr>)>) {
        #[cfg(feature = "redb")]
        if let Some(disk) = &self.disk {
            disk.journal.write(Change::Peers { are_all, peers: peers.into_iter().collect() });
        }
        #[cfg(not(feature = "redb"))]
        drop((are_all, peers));
    }

    /// What is published under a key.
    pub(super) fn publication(&self, key: &RecordKey) -> Option<&Publication> {
        self.publications.get(key)
    }

    /// Publishes a value under a key, or nothing any longer.
    pub(super) fn publish(&mut self, key: RecordKey, publication: Option<Publication>) {
        if publication.is_none() && !self.publications.contains_key(&key) {
            return;
        }
        #[cfg(feature = "redb")]
        if let Some(disk) = &self.disk {
            let row = |publication: &Publication| (publication.value.clone(), Now::read().to_file(publication.due));
            disk.journal.write(Change::Publication(key.clone(), publication.as_ref().map(row)));
        }
        match publication {
            Some(publication) => drop(self.publications.insert(key, publication)),
            None => drop(self.publications.remove(&key)),
        }
    }

    /// The keys whose publication is due.
    pub(super) fn due(&self, now: Instant) -> Vec<RecordKey> {
        let due = self.publications.iter().filter(|(_, publication)| publication.due <= now);
        due.map(|(key, _)| key.clone()).collect()
    }

    fn change(&mut self, key: &RecordKey, record: Option<Record>) {
        #[cfg(feature = "redb")]
        if let Some(disk) = &self.disk {
            let entry = record.as_ref().map(|record| Entry::of(record, Now::read()));
            let number = disk.journal.write(Change::Record(key.clone(), entry));
            return self.index.change(key, record, number, disk.journal.written());
        }
        self.index.change(key, record, 0, 0);
    }

    /// The number of the last change that is on disk.
    #[cfg_attr(not(feature = "redb"), expect(clippy::unused_self, reason = "without a file, there is nothing to ask"))]
    fn written(&self) -> u64 {
        #[cfg(feature = "redb")]
        if let Some(disk) = &self.disk {
            return disk.journal.written();
        }
        0
    }
}

#[cfg(feature = "redb")]
impl Records {
    /// Opens the file at `path`, or makes one there if it is missing or empty. A new file gets a new identity.
    ///
    /// If a crash has left the file incomplete, it is repaired. Opening reads the whole file and verifies it.
    ///
    /// # Errors
    ///
    /// [`OpenError`] says what is wrong and what to do. A file that is damaged, or that holds no records, is left as it
    /// was, byte for byte.
    ///
    /// # Panics
    ///
    /// Outside a tokio runtime.
    pub async fn open(path: impl Into<PathBuf>) -> std::result::Result<Self, OpenError> {
        Self::open_as(path, None).await
    }

    /// [Opens](Self::open) the file for the node with this identity, which replaces the one in the file.
    ///
    /// # Errors
    ///
    /// As for [`open`](Self::open), and [`OpenError::Io`] for an identity that cannot be written down: libp2p encodes
    /// Ed25519, RSA, secp256k1 and ECDSA keys if its features for them are on.
    ///
    /// # Panics
    ///
    /// Outside a tokio runtime.
    pub async fn open_as(
        path: impl Into<PathBuf>,
        identity: impl Into<Option<Keypair>>,
    ) -> std::result::Result<Self, OpenError> {
        let (path, identity) = (path.into(), identity.into());
        let opened = {
            let path = path.clone();
            tokio::task::spawn_blocking(move || file::open(&path, identity)).await
        };
        let opened = opened.unwrap_or_else(|error| Err(OpenError::from_join(&path, error)))?;
        let file::Opened { file, identity, records, peers, publications } = opened;
        let journal = Journal::start(move |changes| file.commit(changes));
        let journal = Arc::new(journal.map_err(|source| OpenError::Io { path, source })?);
        Ok(Self { publications, ..Self::of(Disk { journal, identity, peers }, records) })
    }

    fn of(disk: Disk, records: Vec<Record>) -> Self {
        let mut index = Index::default();
        for record in records {
            let key = record.key.clone();
            index.change(&key, Some(record), 0, 0);
        }
        let local = disk.identity.public().to_peer_id();
        Self { index, disk: Some(disk), ..Self::in_memory(local) }
    }

    /// Records that `commit` writes down, in the place of a file.
    #[cfg(test)]
    pub(super) fn committed_by(
        commit: impl FnMut(Vec<Change>) -> std::result::Result<(), redb::Error> + Send + 'static,
    ) -> Self {
        let journal = Arc::new(Journal::start(commit).unwrap());
        Self::of(Disk { journal, identity: Keypair::generate_ed25519(), peers: Vec::new() }, Vec::new())
    }
}

/// A hold on the file. The file is closed when it is dropped, or when the records are, whichever comes first.
#[derive(Debug)]
pub(super) struct Hold {
    progress: Progress,
    #[cfg(feature = "redb")]
    journal: Option<Arc<Journal>>,
}

impl Hold {
    /// Why nothing more is written, if a write has failed.
    pub(super) fn failure(&self) -> Option<WriteError> {
        self.progress.is_written()?.err()
    }
}

#[cfg(feature = "redb")]
impl Drop for Hold {
    fn drop(&mut self) {
        if let Some(journal) = &self.journal {
            journal.close();
        }
    }
}

/// Waits until all changes are written down, and closes the file. When the drop returns, it can be opened again.
#[cfg(feature = "redb")]
impl Drop for Disk {
    fn drop(&mut self) {
        self.journal.close();
    }
}

impl fmt::Debug for Records {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_struct("Records").field("keys", &self.index.len()).finish_non_exhaustive()
    }
}

impl RecordStore for Records {
    type RecordsIter<'a> = Box<dyn Iterator<Item = Cow<'a, Record>> + 'a>;
    type ProvidedIter<'a> = <MemoryStore as RecordStore>::ProvidedIter<'a>;

    fn get(&self, key: &RecordKey) -> Option<Cow<'_, Record>> {
        // Kad removes what it finds expired here, and with it a newer record that is not on disk yet.
        let record = self.index.written(key, self.written())?;
        (!record.is_expired(Instant::now())).then_some(Cow::Borrowed(record))
    }

    fn put(&mut self, record: Record) -> Result<()> {
        if record.value.len() > self.limits.value_len {
            return Err(Error::ValueTooLarge);
        }
        if self.latest(&record.key).is_none() && !self.have_room() {
            return Err(Error::MaxRecords);
        }
        let key = record.key.clone();
        self.change(&key, Some(record));
        Ok(())
    }

    fn remove(&mut self, key: &RecordKey) {
        if self.index.contains(key) {
            self.change(key, None);
        }
    }

    fn records(&self) -> Self::RecordsIter<'_> {
        let written = self.written();
        Box::new(self.index.keys().filter_map(move |key| self.index.written(key, written)).map(Cow::Borrowed))
    }

    fn add_provider(&mut self, record: ProviderRecord) -> Result<()> {
        self.providers.add_provider(record)
    }

    fn providers(&self, key: &RecordKey) -> Vec<ProviderRecord> {
        self.providers.providers(key)
    }

    fn provided(&self) -> Self::ProvidedIter<'_> {
        self.providers.provided()
    }

    fn remove_provider(&mut self, key: &RecordKey, provider: &PeerId) {
        self.providers.remove_provider(key, provider);
    }
}
