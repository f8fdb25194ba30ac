//! The store over real files. What every store promises is tested by the suite.

mod files;
mod handles;
mod timeouts;

use std::path::{Path, PathBuf};

use bytes::Bytes;
use libp2p_identity::PeerId;
use tempfile::TempDir;

use super::{OpenError, RedbStore};
use crate::{Error, Options, ValueStore};

fn scratch() -> (TempDir, PathBuf) {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("values.redb");
    (directory, path)
}

async fn put(store: &RedbStore, key: &[u8], value: impl Into<Bytes>) {
    store.put(key, value.into(), &Options::new()).await.unwrap();
}

async fn get(store: &RedbStore, key: &[u8]) -> Result<Bytes, Error> {
    store.get(key, &Options::new()).await.map(|found| found.val)
}

fn key(number: u32) -> [u8; 4] {
    number.to_be_bytes()
}

/// The value of this key in the stores of these tests. Some values take one page, some many.
fn value(number: u32) -> Vec<u8> {
    vec![number.to_be_bytes()[3]; number as usize * 300]
}

async fn fill(path: &Path) -> RedbStore {
    let store = RedbStore::open(path).await.unwrap();
    for number in 0..50 {
        put(&store, &key(number), value(number)).await;
    }
    store
}

async fn check_filled(store: &RedbStore) {
    for number in 0..50 {
        assert_eq!(get(store, &key(number)).await.unwrap(), value(number));
    }
}

#[tokio::test]
async fn values_and_the_peer_id_outlive_the_store() {
    let (_directory, path) = scratch();
    let store = RedbStore::open(&path).await.unwrap();
    let peer_id = store.peer_id();
    put(&store, b"key", "old").await;
    put(&store, b"key", "new").await;
    put(&store, b"", "").await;
    drop(store);

    let store = RedbStore::open(&path).await.unwrap();
    assert_eq!(get(&store, b"key").await.unwrap(), "new");
    assert_eq!(get(&store, b"").await.unwrap(), "");
    assert!(get(&store, b"other").await.unwrap_err().is_not_found());
    assert_eq!(store.get(b"", &Options::new()).await.unwrap().from, peer_id);
    assert_eq!(store.peer_id(), peer_id);
}

#[tokio::test]
async fn a_given_peer_id_is_taken_and_kept() {
    let (_directory, path) = scratch();
    for peer_id in [PeerId::random(), PeerId::random()] {
        let store = RedbStore::open_with_peer_id(&path, peer_id).await.unwrap();
        put(&store, b"key", "value").await;
        assert_eq!(store.get(b"key", &Options::new()).await.unwrap().from, peer_id);
        drop(store);
        assert_eq!(RedbStore::open(&path).await.unwrap().peer_id(), peer_id);
    }
}

#[tokio::test]
async fn a_large_value_comes_back() {
    let (_directory, path) = scratch();
    let store = RedbStore::open(&path).await.unwrap();
    let large: Bytes = (0..40_000_000_u32).map(|number| number.to_be_bytes()[2]).collect();
    put(&store, b"key", large.clone()).await;
    assert!(get(&store, b"key").await.unwrap() == large);
}

// Such lengths need pointers of 64 bits. The memory is zero and never touched, so the system never provides it.
#[cfg(target_pointer_width = "64")]
#[tokio::test]
async fn what_is_too_long_is_refused_and_what_was_stays() {
    let (_directory, path) = scratch();
    let store = RedbStore::open(&path).await.unwrap();
    put(&store, b"key", "value").await;
    let too_long = Bytes::from(vec![0; 3 * 1024 * 1024 * 1024 + 1]);
    let options = Options::new();

    assert!(store.put(b"key", too_long.clone(), &options).await.unwrap_err().is_invalid_value());
    assert!(store.put(&too_long, Bytes::new(), &options).await.unwrap_err().is_invalid_key());
    assert!(store.get(&too_long, &options).await.unwrap_err().is_invalid_key());
    assert!(store.put(&too_long[1..], too_long.clone(), &options).await.unwrap_err().is_invalid_value());
    assert_eq!(get(&store, b"key").await.unwrap(), "value");
}
