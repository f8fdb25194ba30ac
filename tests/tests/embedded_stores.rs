//! The suite on the embedded stores. All handles of a world share one store.

use std::convert::Infallible;
use std::sync::Arc;

use value_store::stores::{MemoryStore, OpenError, RedbStore};
use value_store::{Context, value_store_tests};

#[value_store_tests(shared, convergent, settled, monotonic, linearizable)]
async fn memory(context: &Context) -> Result<MemoryStore, Infallible> {
    let store = context.share(async || Ok::<_, Infallible>(MemoryStore::new())).await?;
    context.member(store.peer_id());
    Ok(MemoryStore::clone(&store))
}

#[value_store_tests(durable, power_loss, disk_faults, shared, convergent, settled, monotonic, linearizable)]
async fn redb(context: &Context) -> Result<Arc<RedbStore>, OpenError> {
    let store = context.share(async || RedbStore::open(context.dir().join("values.redb")).await).await?;
    context.member(store.peer_id());
    Ok(store)
}
