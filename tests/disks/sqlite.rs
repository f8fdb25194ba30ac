//! A store in a database of `rusqlite`, with a log that is written ahead and synced at each commit. That is what the
//! documentation asks of those who want a commit to survive a power loss:
//! <https://sqlite.org/pragma.html#pragma_synchronous>.

use std::path::Path;
use std::sync::{Mutex, MutexGuard, PoisonError};

use rusqlite::{Connection, OptionalExtension as _, params};
use value_store::Error;

use crate::engine::Engine;

pub(crate) struct Sqlite(Mutex<Connection>);

impl Sqlite {
    pub(crate) fn open(directory: &Path) -> rusqlite::Result<Self> {
        let connection = Connection::open(directory.join("values.sqlite"))?;
        connection.pragma_update(None, "journal_mode", "WAL")?;
        connection.pragma_update(None, "synchronous", "FULL")?;
        connection.execute(
            "CREATE TABLE IF NOT EXISTS entries (key BLOB PRIMARY KEY, value BLOB NOT NULL) WITHOUT ROWID",
            [],
        )?;
        Ok(Self(Mutex::new(connection)))
    }

    fn connection(&self) -> MutexGuard<'_, Connection> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Engine for Sqlite {
    fn write(&self, key: &[u8], value: &[u8]) -> Result<(), Error> {
        let put = "INSERT INTO entries VALUES (?1, ?2) ON CONFLICT (key) DO UPDATE SET value = excluded.value";
        self.connection().execute(put, params![key, value]).map(drop).map_err(Error::backend)
    }

    fn read(&self, key: &[u8]) -> Result<Vec<u8>, Error> {
        let get = "SELECT value FROM entries WHERE key = ?1";
        let found = self.connection().query_row(get, [key], |row| row.get(0)).optional();
        found.map_err(Error::backend)?.ok_or(Error::NotFound)
    }
}
