//! opendal's files. A key is a path.

use std::path::Path;
use std::process::ExitCode;

use opendal::{ErrorKind, Operator, services};
use scorecard_rust::peer_id;
use value_store::calls::within;
use value_store::{Bytes, Error, GetValueResult, Options, PeerId, ValueStore, async_trait};

fn main() -> ExitCode {
    scorecard_rust::serve(open)
}

struct Files {
    operator: Operator,
    peer_id: PeerId,
}

fn open(directory: &Path) -> Result<Files, Error> {
    let files = services::Fs::default().root(&directory.to_string_lossy());
    Ok(Files { operator: Operator::new(files).map_err(Error::backend)?, peer_id: peer_id() })
}

fn path(key: &[u8]) -> Result<&str, Error> {
    str::from_utf8(key).map_err(|error| Error::InvalidKey(error.to_string()))
}

fn error(error: opendal::Error) -> Error {
    match error.kind() {
        ErrorKind::NotFound => Error::NotFound,
        _ => Error::backend(error),
    }
}

#[async_trait]
impl ValueStore for Files {
    async fn put(&self, key: &[u8], value: Bytes, options: &Options) -> Result<(), Error> {
        let path = path(key)?;
        let put = async { self.operator.write(path, value).await.map_err(error) };
        within(options.timeout(), put).await?;
        Ok(())
    }

    async fn get(&self, key: &[u8], options: &Options) -> Result<GetValueResult, Error> {
        let path = path(key)?;
        let get = async { self.operator.read(path).await.map_err(error) };
        Ok(GetValueResult { from: self.peer_id, val: within(options.timeout(), get).await?.to_bytes() })
    }
}
