//! sled, with a blocking flush after each insert: "If this succeeds, it is guaranteed that all previous writes will be
//! recovered if the system crashes."

use std::path::Path;
use std::process::ExitCode;

use scorecard_rust::{Engine, engine};
use sled::Db;
use value_store::Error;

fn main() -> ExitCode {
    scorecard_rust::serve(engine::<Sled>)
}

struct Sled(Db);

impl Engine for Sled {
    fn open(directory: &Path) -> Result<Self, Error> {
        sled::open(directory).map(Self).map_err(Error::backend)
    }

    fn write(&self, key: &[u8], value: &[u8]) -> Result<(), Error> {
        self.0.insert(key, value).map_err(Error::backend)?;
        self.0.flush().map(drop).map_err(Error::backend)
    }

    fn read(&self, key: &[u8]) -> Result<Option<Vec<u8>>, Error> {
        let found = self.0.get(key).map_err(Error::backend)?;
        Ok(found.map(|value| value.to_vec()))
    }
}
