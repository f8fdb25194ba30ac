//! Stores to check.

use std::sync::Arc;
use std::time::Duration;

use value_store::stores::MemoryStore;
use value_store::{Bytes, Context, Error, GetValueResult, Options, ValueStore, async_trait};

pub(crate) async fn memory(context: &Context) -> MemoryStore {
    let store = MemoryStore::new();
    context.member(store.peer_id());
    store
}

/// Always the same peer, so that reports can be compared.
const PEER: &str = "12D3KooWDpJ7As7BWAwRMfu1VU2WCqNjvq387JEYKDBj4kx6nXTN";

/// Remembers the first value of each key.
pub(crate) struct FirstWins(MemoryStore);

pub(crate) async fn first_wins(_: &Context) -> FirstWins {
    FirstWins(MemoryStore::with_peer_id(PEER.parse().unwrap()))
}

#[async_trait]
impl ValueStore for FirstWins {
    async fn put(&self, key: &[u8], value: Bytes, options: &Options) -> Result<(), Error> {
        match self.0.get(key, options).await {
            Ok(_) => Ok(()),
            Err(_) => self.0.put(key, value, options).await,
        }
    }

    async fn get(&self, key: &[u8], options: &Options) -> Result<GetValueResult, Error> {
        self.0.get(key, options).await
    }
}

/// Takes only records of the name space `app`, but looks only at how the keys and values begin.
pub(crate) struct OnlyRecords(MemoryStore);

pub(crate) async fn only_records(context: &Context) -> OnlyRecords {
    OnlyRecords(memory(context).await)
}

#[async_trait]
impl ValueStore for OnlyRecords {
    async fn put(&self, key: &[u8], value: Bytes, options: &Options) -> Result<(), Error> {
        if !key.starts_with(b"/app/") {
            return Err(Error::InvalidKey("not in the name space".into()));
        }
        if !value.first().is_some_and(u8::is_ascii_digit) {
            return Err(Error::InvalidValue("no record".into()));
        }
        self.0.put(key, value, options).await
    }

    async fn get(&self, key: &[u8], options: &Options) -> Result<GetValueResult, Error> {
        self.0.get(key, options).await
    }
}

/// Blocks the thread of each get for ever.
pub(crate) struct Blocks(MemoryStore);

pub(crate) async fn blocks(context: &Context) -> Blocks {
    Blocks(memory(context).await)
}

#[async_trait]
impl ValueStore for Blocks {
    async fn put(&self, key: &[u8], value: Bytes, options: &Options) -> Result<(), Error> {
        self.0.put(key, value, options).await
    }

    async fn get(&self, _key: &[u8], _options: &Options) -> Result<GetValueResult, Error> {
        loop {
            std::thread::sleep(Duration::from_secs(1));
        }
    }
}

/// Shows a put only after a while to the other handles, unless they have put to the key themselves.
pub(crate) struct Late {
    all: Arc<MemoryStore>,
    own: MemoryStore,
}

pub(crate) async fn late(context: &Context) -> Late {
    let all = context.share(async || Ok::<_, String>(memory(context).await)).await.unwrap();
    Late { own: MemoryStore::with_peer_id(all.peer_id()), all }
}

#[async_trait]
impl ValueStore for Late {
    async fn put(&self, key: &[u8], value: Bytes, options: &Options) -> Result<(), Error> {
        self.own.put(key, value.clone(), options).await?;
        let (all, key) = (Arc::clone(&self.all), key.to_vec());
        tokio::spawn(async move {
            tokio::time::sleep(Duration::from_millis(50)).await;
            all.put(&key, value, &Options::new()).await
        });
        Ok(())
    }

    async fn get(&self, key: &[u8], options: &Options) -> Result<GetValueResult, Error> {
        match self.own.get(key, options).await {
            Ok(found) => Ok(found),
            Err(_) => self.all.get(key, options).await,
        }
    }
}
