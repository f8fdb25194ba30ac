//! What the memory store costs, next to a map behind a lock and to a concurrent map.
//!
//!     cargo bench --package value-store-benches --bench memory

use std::collections::HashMap;
use std::sync::{Arc, RwLock};

use bytes::Bytes;
use value_store::stores::MemoryStore;
use value_store_benches::interleaved::{Comparison, Engine, Store};

fn main() {
    let mut comparison = Comparison::from_args();
    comparison.run("memory beside RwLock<HashMap>", async || (Store(MemoryStore::new()), Locked::default()));
    comparison.run("memory beside papaya", async || (Store(MemoryStore::new()), Papaya::default()));
}

#[derive(Clone, Default)]
struct Locked(Arc<RwLock<HashMap<Vec<u8>, Bytes>>>);

impl Engine for Locked {
    async fn put(&self, key: &[u8], value: Bytes) {
        self.0.write().unwrap().insert(key.to_vec(), value);
    }

    async fn get(&self, key: &[u8]) -> Bytes {
        self.0.read().unwrap().get(key).cloned().unwrap()
    }
}

/// Of the concurrent maps, one whose gets take no lock at all.
#[derive(Clone, Default)]
struct Papaya(Arc<papaya::HashMap<Vec<u8>, Bytes>>);

impl Engine for Papaya {
    async fn put(&self, key: &[u8], value: Bytes) {
        self.0.pin().insert(key.to_vec(), value);
    }

    async fn get(&self, key: &[u8]) -> Bytes {
        self.0.pin().get(key).cloned().unwrap()
    }
}
