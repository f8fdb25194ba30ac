//! sled, with a flush after each insert.

use std::path::Path;
use std::process::ExitCode;

use scorecard_rust::peer_id;
use sled::Db;
use value_store::calls::within;
use value_store::{Bytes, Error, GetValueResult, Options, PeerId, ValueStore, async_trait};

fn main() -> ExitCode {
    scorecard_rust::serve(open)
}

struct Tree {
    db: Db,
    peer_id: PeerId,
}

fn open(directory: &Path) -> Result<Tree, Error> {
    Ok(Tree { db: sled::open(directory).map_err(Error::backend)?, peer_id: peer_id() })
}

#[async_trait]
impl ValueStore for Tree {
    async fn put(&self, key: &[u8], value: Bytes, options: &Options) -> Result<(), Error> {
        let put = async {
            self.db.insert(key, value.as_ref()).map_err(Error::backend)?;
            self.db.flush_async().await.map_err(Error::backend)
        };
        within(options.timeout(), put).await?;
        Ok(())
    }

    async fn get(&self, key: &[u8], options: &Options) -> Result<GetValueResult, Error> {
        let get = async { self.db.get(key).map_err(Error::backend)?.ok_or(Error::NotFound) };
        let val = within(options.timeout(), get).await?;
        Ok(GetValueResult { from: self.peer_id, val: Bytes::copy_from_slice(&val) })
    }
}
