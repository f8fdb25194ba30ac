//! What the redb store costs, next to redb as one would use it in an asynchronous program: on a thread for blocking calls, with
//! a commit for each put. Both commit with redb's default durability, which includes an `fsync`.
//!
//!     cargo bench --package value-store-benches --bench redb

use std::sync::Arc;

use bytes::Bytes;
use redb::{Database, ReadableDatabase, TableDefinition};
use tempfile::TempDir;
use tokio::task::spawn_blocking;
use value_store::stores::RedbStore;
use value_store_benches::interleaved::{Comparison, Engine, Store};

const VALUES: TableDefinition<'_, &[u8], &[u8]> = TableDefinition::new("values");

fn main() {
    // Below the build directory, since the system's directory for temporary files may be in memory.
    let directory = TempDir::new_in(env!("CARGO_TARGET_TMPDIR")).unwrap();
    let opened = std::cell::Cell::new(0);
    Comparison::from_args().run("redb", async || {
        opened.set(opened.get() + 1);
        let path = |name| directory.path().join(format!("{name} {}", opened.get()));
        (Store(RedbStore::open(path("store")).await.unwrap()), Raw::create(&path("raw")))
    });
}

#[derive(Clone)]
struct Raw(Arc<Database>);

impl Raw {
    fn create(path: &std::path::Path) -> Self {
        let database = Database::create(path).unwrap();
        let transaction = database.begin_write().unwrap();
        transaction.open_table(VALUES).unwrap();
        transaction.commit().unwrap();
        Self(Arc::new(database))
    }
}

impl Engine for Raw {
    async fn put(&self, key: &[u8], value: Bytes) {
        let (Self(database), key) = (self.clone(), key.to_vec());
        let put = move || {
            let transaction = database.begin_write()?;
            transaction.open_table(VALUES)?.insert(&*key, &*value)?;
            Ok::<_, redb::Error>(transaction.commit()?)
        };
        spawn_blocking(put).await.unwrap().unwrap();
    }

    async fn get(&self, key: &[u8]) -> Bytes {
        let (Self(database), key) = (self.clone(), key.to_vec());
        let get = move || {
            let value = database.begin_read()?.open_table(VALUES)?.get(&*key)?;
            Ok::<_, redb::Error>(value.map(|value| Bytes::copy_from_slice(value.value())))
        };
        spawn_blocking(get).await.unwrap().unwrap().unwrap()
    }
}
