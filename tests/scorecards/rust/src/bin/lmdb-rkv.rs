//! LMDB through lmdb-rkv, which opens it without `unsafe`, and with the default flags, which sync each commit.

use std::fs::File;
use std::path::Path;
use std::process::ExitCode;

use lmdb::{Database, DatabaseFlags, Environment, Transaction as _, WriteFlags};
use scorecard_rust::{Engine, engine};
use value_store::Error;

fn main() -> ExitCode {
    scorecard_rust::serve(engine::<Lmdb>)
}

/// Room for the largest database, in bytes.
const MAP_SIZE: usize = 1 << 30;

/// As many as tokio has threads for blocking work.
const MAX_READERS: u32 = 512;

struct Lmdb {
    environment: Environment,
    database: Database,
    /// "Do not have open an LMDB database twice in the same process at the same time": what a call that was given up still
    /// does keeps the environment open.
    _lock: File,
}

impl Engine for Lmdb {
    fn open(directory: &Path) -> Result<Self, Error> {
        let lock = File::create(directory.join("lock")).map_err(Error::backend)?;
        lock.try_lock().map_err(Error::backend)?;
        let mut builder = Environment::new();
        builder.set_map_size(MAP_SIZE).set_max_readers(MAX_READERS);
        let environment = builder.open(directory).map_err(Error::backend)?;
        let database = environment.create_db(None, DatabaseFlags::empty()).map_err(Error::backend)?;
        Ok(Self { environment, database, _lock: lock })
    }

    fn write(&self, key: &[u8], value: &[u8]) -> Result<(), Error> {
        let mut transaction = self.environment.begin_rw_txn().map_err(Error::backend)?;
        transaction.put(self.database, &key, &value, WriteFlags::empty()).map_err(error)?;
        transaction.commit().map_err(Error::backend)
    }

    fn read(&self, key: &[u8]) -> Result<Option<Vec<u8>>, Error> {
        let transaction = self.environment.begin_ro_txn().map_err(Error::backend)?;
        match transaction.get(self.database, &key) {
            Ok(value) => Ok(Some(value.to_vec())),
            Err(lmdb::Error::NotFound) => Ok(None),
            Err(other) => Err(error(other)),
        }
    }
}

/// A key has 1 to 511 bytes.
fn error(error: lmdb::Error) -> Error {
    match error {
        lmdb::Error::BadValSize => Error::InvalidKey(error.to_string()),
        error => Error::backend(error),
    }
}
