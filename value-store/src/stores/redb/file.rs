//! The database of a store.

use std::sync::{PoisonError, RwLock};

use bytes::Bytes;
use redb::{Database, ReadableDatabase, TableDefinition};

use super::writer::Put;

pub(super) const VALUES: TableDefinition<'_, &[u8], &[u8]> = TableDefinition::new("values");

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
    pub(super) fn new(database: Database) -> Self {
        Self { database: RwLock::new(Some(database)) }
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
