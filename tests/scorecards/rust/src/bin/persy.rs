//! persy as it comes: "It guarantee the persistence of data even in case of crash through a in file write ahead log".

use std::path::Path;
use std::process::ExitCode;

use persy::{ByteVec, Config, IndexPutError, PE, Persy, ValueMode};
use scorecard_rust::{Engine, engine};
use value_store::Error;

fn main() -> ExitCode {
    scorecard_rust::serve(engine::<Index>)
}

const INDEX: &str = "items";

struct Index(Persy);

impl Engine for Index {
    fn open(directory: &Path) -> Result<Self, Error> {
        let file = directory.join("items.persy");
        let persy = Persy::open_or_create_with(file, Config::new(), |_| Ok(())).map_err(Error::backend)?;
        // Apart from the file, since the process may have ended between the two.
        if !persy.exists_index(INDEX).map_err(Error::backend)? {
            let mut transaction = persy.begin().map_err(Error::backend)?;
            transaction.create_index::<ByteVec, ByteVec>(INDEX, ValueMode::Replace).map_err(Error::backend)?;
            transaction.prepare().map_err(Error::backend)?.commit().map_err(Error::backend)?;
        }
        Ok(Self(persy))
    }

    fn write(&self, key: &[u8], value: &[u8]) -> Result<(), Error> {
        let (key, value) = (ByteVec::new(key.to_vec()), ByteVec::new(value.to_vec()));
        let mut transaction = self.0.begin().map_err(Error::backend)?;
        transaction.put(INDEX, key, value).map_err(put_error)?;
        transaction.prepare().map_err(Error::backend)?.commit().map_err(Error::backend)
    }

    fn read(&self, key: &[u8]) -> Result<Option<Vec<u8>>, Error> {
        let key = ByteVec::new(key.to_vec());
        let found = self.0.one::<ByteVec, ByteVec>(INDEX, &key).map_err(Error::backend)?;
        Ok(found.map(|value| value.to_vec()))
    }
}

/// A value has 512 KiB at most. Only a key that is as long would be refused as well.
fn put_error(error: PE<IndexPutError>) -> Error {
    match error.error() {
        error @ IndexPutError::KeyOrValueTooBig => Error::InvalidValue(error.to_string()),
        error => Error::backend(error),
    }
}
