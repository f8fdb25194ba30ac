//! jammdb as it comes: "jammdb offers ACID compliance". A commit syncs the file.

use std::path::Path;
use std::process::ExitCode;

use jammdb::DB;
use scorecard_rust::{Engine, engine};
use value_store::Error;

fn main() -> ExitCode {
    scorecard_rust::serve(engine::<JammDb>)
}

const BUCKET: &str = "items";

struct JammDb(DB);

impl Engine for JammDb {
    fn open(directory: &Path) -> Result<Self, Error> {
        let database = DB::open(directory.join("items.jammdb")).map_err(Error::backend)?;
        let transaction = database.tx(true).map_err(Error::backend)?;
        transaction.get_or_create_bucket(BUCKET).map_err(Error::backend)?;
        transaction.commit().map_err(Error::backend)?;
        Ok(Self(database))
    }

    fn write(&self, key: &[u8], value: &[u8]) -> Result<(), Error> {
        let transaction = self.0.tx(true).map_err(Error::backend)?;
        let bucket = transaction.get_bucket(BUCKET).map_err(Error::backend)?;
        bucket.put(key, value).map_err(Error::backend)?;
        transaction.commit().map_err(Error::backend)
    }

    fn read(&self, key: &[u8]) -> Result<Option<Vec<u8>>, Error> {
        let transaction = self.0.tx(false).map_err(Error::backend)?;
        let bucket = transaction.get_bucket(BUCKET).map_err(Error::backend)?;
        Ok(bucket.get_kv(key).map(|found| found.value().to_vec()))
    }
}
