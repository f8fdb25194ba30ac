//! fjall: "Sync the journal to disk to make sure data is definitely durable: `db.persist(PersistMode::SyncAll)`".

use std::path::Path;
use std::process::ExitCode;

use fjall::{Database, Keyspace, KeyspaceCreateOptions, PersistMode};
use scorecard_rust::{Engine, engine};
use value_store::Error;

fn main() -> ExitCode {
    scorecard_rust::serve(engine::<Fjall>)
}

/// "Keys are limited to 65536 bytes."
const MAX_KEY_LEN: usize = 65_536;

struct Fjall {
    database: Database,
    items: Keyspace,
}

impl Engine for Fjall {
    fn open(directory: &Path) -> Result<Self, Error> {
        let database = Database::builder(directory).open().map_err(Error::backend)?;
        let items = database.keyspace("items", KeyspaceCreateOptions::default).map_err(Error::backend)?;
        Ok(Self { database, items })
    }

    fn write(&self, key: &[u8], value: &[u8]) -> Result<(), Error> {
        if key.len() > MAX_KEY_LEN {
            return Err(Error::InvalidKey(format!("longer than {MAX_KEY_LEN} bytes")));
        }
        self.items.insert(key, value).map_err(Error::backend)?;
        self.database.persist(PersistMode::SyncAll).map_err(Error::backend)
    }

    fn read(&self, key: &[u8]) -> Result<Option<Vec<u8>>, Error> {
        let found = self.items.get(key).map_err(Error::backend)?;
        Ok(found.map(|value| value.to_vec()))
    }
}
