//! object_store's local files, with `with_fsync`, which "guarantees that both the file contents and the directory entries
//! pointing to them are durable on stable storage". A key is a path.

use std::path::Path;
use std::process::ExitCode;

use object_store::local::LocalFileSystem;
use object_store::{ObjectStoreExt, path};
use scorecard_rust::peer_id;
use value_store::calls::within;
use value_store::{Bytes, Error, GetValueResult, Options, PeerId, ValueStore, async_trait};

fn main() -> ExitCode {
    scorecard_rust::serve(open)
}

struct LocalFiles {
    files: LocalFileSystem,
    peer_id: PeerId,
}

fn open(directory: &Path) -> Result<LocalFiles, Error> {
    let files = LocalFileSystem::new_with_prefix(directory).map_err(Error::backend)?.with_fsync(true);
    Ok(LocalFiles { files, peer_id: peer_id() })
}

fn path(key: &[u8]) -> Result<path::Path, Error> {
    let key = str::from_utf8(key).map_err(|error| Error::InvalidKey(error.to_string()))?;
    Ok(path::Path::from(key))
}

fn error(error: object_store::Error) -> Error {
    match error {
        object_store::Error::NotFound { .. } => Error::NotFound,
        error => Error::backend(error),
    }
}

#[async_trait]
impl ValueStore for LocalFiles {
    async fn put(&self, key: &[u8], value: Bytes, options: &Options) -> Result<(), Error> {
        let path = path(key)?;
        let put = async { self.files.put(&path, value.into()).await.map_err(error) };
        within(options.timeout(), put).await?;
        Ok(())
    }

    async fn get(&self, key: &[u8], options: &Options) -> Result<GetValueResult, Error> {
        let path = path(key)?;
        let get = async { self.files.get(&path).await.map_err(error)?.bytes().await.map_err(error) };
        Ok(GetValueResult { from: self.peer_id, val: within(options.timeout(), get).await? })
    }
}
