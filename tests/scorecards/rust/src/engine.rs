//! Stores on embedded engines, which block.

use std::path::Path;

use value_store::calls::{InOrder, within};
use value_store::{Bytes, Error, GetValueResult, Options, PeerId, ValueStore, async_trait};

use crate::peer_id;

/// An engine, at the safest setting that its documentation names.
pub trait Engine: Sized + Send + Sync + 'static {
    fn open(directory: &Path) -> Result<Self, Error>;
    fn write(&self, key: &[u8], value: &[u8]) -> Result<(), Error>;
    fn read(&self, key: &[u8]) -> Result<Option<Vec<u8>>, Error>;
}

/// Opens the store on an engine.
pub fn engine<E: Engine>(directory: &Path) -> Result<impl ValueStore + use<E>, Error> {
    Ok(OnEngine { engine: InOrder::new(E::open(directory)?), peer_id: peer_id() })
}

struct OnEngine<E> {
    engine: InOrder<E>,
    peer_id: PeerId,
}

#[async_trait]
impl<E: Engine> ValueStore for OnEngine<E> {
    async fn put(&self, key: &[u8], value: Bytes, options: &Options) -> Result<(), Error> {
        let put = self.engine.write(key, move |engine, key| engine.write(key, &value));
        within(options.timeout(), put).await
    }

    async fn get(&self, key: &[u8], options: &Options) -> Result<GetValueResult, Error> {
        let get = self.engine.read(key, |engine, key| engine.read(key)?.ok_or(Error::NotFound));
        let val = within(options.timeout(), get).await?;
        Ok(GetValueResult { from: self.peer_id, val: val.into() })
    }
}
