//! object_store's local files. A key is a path.

use object_store::ObjectStoreExt;
use object_store::local::LocalFileSystem;
use object_store::path::Path;
use value_store::calls::within;
use value_store::{Bytes, Context, Error, GetValueResult, Options, PeerId, ValueStore, async_trait};

pub(crate) struct LocalFiles {
    files: LocalFileSystem,
    peer_id: PeerId,
}

pub(crate) async fn open(context: &Context) -> Result<LocalFiles, object_store::Error> {
    let peer_id = PeerId::random();
    context.member(peer_id);
    Ok(LocalFiles { files: LocalFileSystem::new_with_prefix(context.dir())?, peer_id })
}

fn path(key: &[u8]) -> Result<Path, Error> {
    let key = str::from_utf8(key).map_err(|error| Error::InvalidKey(error.to_string()))?;
    Ok(Path::from(key))
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
