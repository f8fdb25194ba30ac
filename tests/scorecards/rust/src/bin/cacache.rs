//! cacache with its normal write. It is a cache, and promises nothing about power losses, but "Fault tolerance (immune to
//! corruption, partial writes, process races, etc)".

use std::path::{Path, PathBuf};
use std::process::ExitCode;

use scorecard_rust::{Engine, engine};
use value_store::Error;

fn main() -> ExitCode {
    scorecard_rust::serve(engine::<Cache>)
}

struct Cache(PathBuf);

/// A key is text here.
fn text(key: &[u8]) -> String {
    key.iter().map(|byte| format!("{byte:02x}")).collect()
}

impl Engine for Cache {
    fn open(directory: &Path) -> Result<Self, Error> {
        Ok(Self(directory.to_owned()))
    }

    fn write(&self, key: &[u8], value: &[u8]) -> Result<(), Error> {
        cacache::write_sync(&self.0, text(key), value).map(drop).map_err(Error::backend)
    }

    fn read(&self, key: &[u8]) -> Result<Option<Vec<u8>>, Error> {
        match cacache::read_sync(&self.0, text(key)) {
            Ok(value) => Ok(Some(value)),
            Err(cacache::Error::EntryNotFound(..)) => Ok(None),
            Err(error) => Err(Error::backend(error)),
        }
    }
}
