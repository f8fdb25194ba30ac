//! The database of a store.

use std::path::Path;
use std::sync::{PoisonError, RwLock};

use bytes::Bytes;
use libp2p_identity::PeerId;
use redb::{Database, ReadableDatabase, TableDefinition, WriteTransaction};

use super::error::OpenError;
use super::open::{ABOUT, Content, about, open};
use super::writer::Put;

const VALUES: TableDefinition<'_, &[u8], &[u8]> = TableDefinition::new("values");
const PEER_ID: &str = "peer_id";

/// What a new file holds: no values, and this peer id.
struct Values(PeerId);

impl Content for Values {
    const IS_SECRET: bool = false;

    fn create(&self, transaction: &WriteTransaction) -> Result<(), redb::Error> {
        transaction.open_table(VALUES)?;
        transaction.open_table(ABOUT)?.insert(PEER_ID, self.0.to_bytes().as_slice())?;
        Ok(())
    }

    fn verify(database: &Database) -> Result<(), redb::Error> {
        database.begin_read()?.open_table(VALUES)?;
        read_peer_id(database).map(drop)
    }
}

fn read_peer_id(database: &Database) -> Result<PeerId, redb::Error> {
    let bytes = about(database, PEER_ID)?.ok_or_else(|| redb::Error::Corrupted("there is no peer id".into()))?;
    PeerId::from_bytes(&bytes).map_err(|error| redb::Error::Corrupted(format!("the peer id is none: {error}")))
}

/// The peer id in the database, replaced by `given` if there is one.
fn adopt(database: &Database, given: Option<PeerId>) -> Result<PeerId, redb::Error> {
    let found = read_peer_id(database)?;
    match given {
        Some(given) if given != found => {
            let transaction = database.begin_write()?;
            transaction.open_table(ABOUT)?.insert(PEER_ID, given.to_bytes().as_slice())?;
            transaction.commit()?;
            Ok(given)
        }
        _ => Ok(found),
    }
}

/// The open database, until it is closed.
///
/// Closing waits for no read, and no read keeps the file open afterwards. For that, the lock is held only while a
/// transaction begins. A read that has begun does not keep the database open: redb ends it when it closes. A read that
/// has not begun yet, on a runtime that may never run it, finds no database.
#[derive(Debug)]
pub(super) struct DatabaseFile {
    database: RwLock<Option<Database>>,
}

impl DatabaseFile {
    /// Opens the database at `path`, or makes one there. Returns it with its peer id.
    pub(super) fn open(path: &Path, peer_id: Option<PeerId>) -> Result<(Self, PeerId), OpenError> {
        let database = open(path, &Values(peer_id.unwrap_or_else(PeerId::random)))?;
        let peer_id = adopt(&database, peer_id).map_err(|error| OpenError::from_redb(path, error))?;
        Ok((Self { database: RwLock::new(Some(database)) }, peer_id))
    }

    pub(super) fn read(&self, key: &[u8]) -> Result<Option<Bytes>, redb::Error> {
        let transaction = self.begin(Database::begin_read)?;
        let value = transaction.open_table(VALUES)?.get(key)?;
        Ok(value.map(|value| Bytes::copy_from_slice(value.value())))
    }

    /// Commits the puts in their order, in one transaction. When it returns `Ok`, they are on disk.
    pub(super) fn commit(&self, puts: &[Put]) -> Result<(), redb::Error> {
        // redb's default is `Durability::Immediate`, which is what durable puts need.
        let transaction = self.begin(Database::begin_write)?;
        {
            let mut values = transaction.open_table(VALUES)?;
            for put in puts {
                values.insert(put.key.as_slice(), &*put.value)?;
            }
        }
        Ok(transaction.commit()?)
    }

    /// Closes the database and lets go of the file. A second call does nothing.
    pub(super) fn close(&self) {
        // Ignored here and below if poisoned: a panic while a transaction began has changed nothing behind the lock.
        let database = self.database.write().unwrap_or_else(PoisonError::into_inner).take();
        drop(database);
    }

    /// Begins a transaction, under a lock that ends before the transaction does.
    pub(super) fn begin<T>(
        &self,
        transaction: impl FnOnce(&Database) -> Result<T, redb::TransactionError>,
    ) -> Result<T, redb::Error> {
        let database = self.database.read().unwrap_or_else(PoisonError::into_inner);
        Ok(transaction(database.as_ref().ok_or(redb::Error::DatabaseClosed)?)?)
    }
}
