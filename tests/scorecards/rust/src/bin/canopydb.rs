//! canopydb with a sync of each commit: it "performs a durable `fsync` to make the transaction (and all the ones before it)
//! durable in the storage".

use std::path::Path;
use std::process::ExitCode;

use canopydb::Database;
use scorecard_rust::{Engine, engine};
use value_store::Error;

fn main() -> ExitCode {
    scorecard_rust::serve(engine::<CanopyDb>)
}

const TREE: &[u8] = b"items";

struct CanopyDb(Database);

impl Engine for CanopyDb {
    fn open(directory: &Path) -> Result<Self, Error> {
        Database::new(directory).map(Self).map_err(Error::backend)
    }

    fn write(&self, key: &[u8], value: &[u8]) -> Result<(), Error> {
        let transaction = self.0.begin_write().map_err(Error::backend)?;
        let mut tree = transaction.get_or_create_tree(TREE).map_err(Error::backend)?;
        tree.insert(key, value).map_err(Error::backend)?;
        drop(tree);
        transaction.commit_with(true).map(drop).map_err(Error::backend)
    }

    fn read(&self, key: &[u8]) -> Result<Option<Vec<u8>>, Error> {
        let transaction = self.0.begin_read().map_err(Error::backend)?;
        let Some(tree) = transaction.get_tree(TREE).map_err(Error::backend)? else { return Ok(None) };
        let found = tree.get(key).map_err(Error::backend)?;
        Ok(found.map(|value| value.to_vec()))
    }
}
