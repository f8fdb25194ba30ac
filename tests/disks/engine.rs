//! A store on an engine that blocks.

use std::sync::Arc;

use value_store::calls::{InOrder, within};
use value_store::{Bytes, Error, GetValueResult, Options, PeerId, ValueStore, async_trait};

pub(crate) trait Engine: Send + Sync {
    fn write(&self, key: &[u8], value: &[u8]) -> Result<(), Error>;
    fn read(&self, key: &[u8]) -> Result<Vec<u8>, Error>;
}

/// A handle. Those of one engine share the order of its work.
#[derive(Clone)]
pub(crate) struct OnEngine {
    engine: Arc<InOrder<Box<dyn Engine>>>,
    /// Whether a call waits for the engine however long it takes.
    is_patient: bool,
    peer_id: PeerId,
}

impl OnEngine {
    pub(crate) fn new(engine: impl Engine + 'static, is_patient: bool) -> Self {
        Self { engine: Arc::new(InOrder::new(Box::new(engine))), is_patient, peer_id: peer() }
    }
}

/// The peer of all of these stores, in each process.
pub(crate) fn peer() -> PeerId {
    "12D3KooWCxyZ8eLJg4QFcg7ufEgqyPxKAzSdhNuuMyeZ3XKNxhw5".parse().expect("a peer")
}

#[async_trait]
impl ValueStore for OnEngine {
    async fn put(&self, key: &[u8], value: Bytes, options: &Options) -> Result<(), Error> {
        let put = self.engine.write(key, move |engine, key| engine.write(key, &value));
        within(options.timeout().filter(|_| !self.is_patient), put).await
    }

    async fn get(&self, key: &[u8], options: &Options) -> Result<GetValueResult, Error> {
        let get = self.engine.read(key, |engine, key| engine.read(key));
        let val = within(options.timeout().filter(|_| !self.is_patient), get).await?;
        Ok(GetValueResult { from: self.peer_id, val: val.into() })
    }
}
