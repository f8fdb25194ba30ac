use std::sync::{PoisonError, RwLock};

use bytes::Bytes;
use redb::{Database, ReadableDatabase, TableDefinition};

use super::writer::Put;

pub(super) const VALUES: TableDefinition<'_, &[u8], &[u8]> = TableDefinition::new("values");

/// The open database, until it is closed.
///
/// The lock is held only while a transaction begins. A read that has begun does not keep the database open: redb cuts it
/// off when it closes. A read that has yet to begin, on a runtime that may never run it, finds the database gone. So
/// closing waits for no read, and leaves none that holds the file.
#[derive(Debug)]
pub(super) struct DatabaseFile {
    database: RwLock<Option<Database>>,
}

impl DatabaseFile {
    pub(super) fn new(database: Database) -> Self {
        Self { database: RwLock::new(Some(database)) }
    }

    pub(super) fn read(&self, key: &[u8]) -> Result<Option<Bytes>, redb::Error> {
        let transaction = self.begin(Database::begin_read)?;
        let value = transaction.open_table(VALUES)?.get(key)?;
        Ok(value.map(|value| Bytes::copy_from_slice(value.value())))
    }

    /// Commits the puts in their order, all in one transaction; when it returns `Ok`, they are on disk.
    pub(super) fn commit(&self, puts: &[Put]) -> Result<(), redb::Error> {
        // What redb does by itself is what is wanted here: `Durability::Immediate`.
        let transaction = self.begin(Database::begin_write)?;
        {
            let mut values = transaction.open_table(VALUES)?;
            for put in puts {
                values.insert(put.key.as_slice(), &*put.value)?;
            }
        }
        Ok(transaction.commit()?)
    }

    /// Closes the database and lets go of the file. What is closed already stays so.
    pub(super) fn close(&self) {
        // A poisoned lock is passed over, here and below: a panic while a transaction began has changed nothing here.
        let database = self.database.write().unwrap_or_else(PoisonError::into_inner).take();
        drop(database);
    }

    /// Begins a transaction, which may outlive the lock.
    pub(super) fn begin<T>(
        &self,
        transaction: impl FnOnce(&Database) -> Result<T, redb::TransactionError>,
    ) -> Result<T, redb::Error> {
        let database = self.database.read().unwrap_or_else(PoisonError::into_inner);
        Ok(transaction(database.as_ref().ok_or(redb::Error::DatabaseClosed)?)?)
    }
}

/// The error as a link in a chain of sources. redb's errors show their cause and do not name it as their source.
pub(super) fn cause(error: redb::Error) -> Box<dyn std::error::Error + Send + Sync> {
    match error {
        redb::Error::Io(error) => error.into(),
        redb::Error::Backend(error) => error,
        error => error.into(),
    }
}
