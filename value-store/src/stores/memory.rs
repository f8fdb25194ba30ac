use std::sync::{Arc, PoisonError, RwLock};

use async_trait::async_trait;
use bytes::Bytes;
use foldhash::HashMap;
use libp2p_identity::PeerId;

use crate::{Error, GetValueResult, Options, ValueStore};

/// A store in the memory of this process.
///
/// Clones are cheap and share their content. A `get` does not copy the bytes of the value. Every call ends at its first
/// poll, so no timeout ever passes, and a dropped call has either happened or not begun.
///
/// Keys are hashed with `foldhash`, under a seed that is random in each process. So nobody can prepare colliding keys
/// in advance, but someone who can time many calls might find some. Use another store if keys come from such people.
///
/// ```
/// use value_store::{Options, ValueStore, stores::MemoryStore};
///
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<(), value_store::Error> {
/// let store = MemoryStore::new();
/// let clone = store.clone();
///
/// store.put(b"key", "value".into(), &Options::new()).await?;
///
/// let found = clone.get(b"key", &Options::new()).await?;
/// assert_eq!((found.val, found.from), ("value".into(), store.peer_id()));
/// # Ok(())
/// # }
/// ```
#[derive(Clone, Debug)]
pub struct MemoryStore {
    shared: Arc<Shared>,
}

#[derive(Debug)]
struct Shared {
    peer_id: PeerId,
    values: RwLock<HashMap<Box<[u8]>, Bytes>>,
}

impl MemoryStore {
    /// An empty store, with a random peer id of its own.
    #[must_use]
    pub fn new() -> Self {
        Self::with_peer_id(PeerId::random())
    }

    /// An empty store, whose values are from `peer_id`.
    #[must_use]
    pub fn with_peer_id(peer_id: PeerId) -> Self {
        Self { shared: Arc::new(Shared { peer_id, values: RwLock::default() }) }
    }

    /// The peer that every value of this store is from.
    #[must_use]
    pub fn peer_id(&self) -> PeerId {
        self.shared.peer_id
    }
}

impl Default for MemoryStore {
    fn default() -> Self {
        Self::new()
    }
}

// Both calls ignore that the lock is poisoned: only code of this file runs under it, and each change is a single step
// of the map, so a panic cannot have left half a change behind.
#[async_trait]
impl ValueStore for MemoryStore {
    async fn put(&self, key: &[u8], value: Bytes, _options: &Options) -> Result<(), Error> {
        let mut values = self.shared.values.write().unwrap_or_else(PoisonError::into_inner);
        match values.get_mut(key) {
            Some(place) => *place = value,
            None => drop(values.insert(key.into(), value)),
        }
        Ok(())
    }

    async fn get(&self, key: &[u8], _options: &Options) -> Result<GetValueResult, Error> {
        let values = self.shared.values.read().unwrap_or_else(PoisonError::into_inner);
        let val = values.get(key).cloned().ok_or(Error::NotFound)?;
        Ok(GetValueResult { from: self.shared.peer_id, val })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_get_copies_no_value_bytes() {
        let store = MemoryStore::new();
        let value = Bytes::from(vec![7; 4096]);
        store.put(b"key", value.clone(), &Options::new()).await.unwrap();

        let found = store.get(b"key", &Options::new()).await.unwrap();
        assert_eq!(found.val.as_ptr(), value.as_ptr());
    }

    #[tokio::test]
    async fn values_are_from_the_given_peer() {
        let peer_id = PeerId::random();
        let store = MemoryStore::with_peer_id(peer_id);
        store.put(b"key", Bytes::new(), &Options::new()).await.unwrap();
        assert_eq!(store.get(b"key", &Options::new()).await.unwrap().from, peer_id);
    }
}
