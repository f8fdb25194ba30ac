//! The suite on the embedded stores.

use value_store::stores::{MemoryStore, OpenError, RedbStore};
use value_store::{Context, value_store_tests};

#[value_store_tests(linearizable, settled)]
fn memory(context: &Context) -> MemoryStore {
    let store = MemoryStore::new();
    context.member(store.peer_id());
    store
}

#[value_store_tests(durable, linearizable, settled)]
async fn redb(context: &Context) -> Result<RedbStore, OpenError> {
    let store = RedbStore::open(context.dir().join("values.redb")).await?;
    context.member(store.peer_id());
    Ok(store)
}
