//! Stores in boxes and pointers, and factories that are slow.

use std::error::Error;
use std::sync::Arc;
use std::time::Duration;

use value_store::stores::MemoryStore;
use value_store::{Context, ValueStore, value_store_tests};

use crate::serve::memory;

/// Fifty boxes, one in the other.
#[value_store_tests(settled, monotonic, linearizable)]
fn fifty_boxes(context: &Context) -> Box<dyn ValueStore> {
    (0..50).fold(Box::new(memory(context)), |inner: Box<dyn ValueStore>, _| Box::new(inner))
}

/// Opening takes 50 ms, and returns a pointer to a store of unknown type.
#[value_store_tests(settled, monotonic, linearizable)]
async fn slow_to_open(context: &Context) -> Result<Arc<dyn ValueStore>, Box<dyn Error>> {
    tokio::time::sleep(Duration::from_millis(50)).await;
    Ok(Arc::new(memory(context)))
}

/// All handles are the same store, which the world shares, and which is made in a task.
#[value_store_tests(settled, monotonic, linearizable)]
async fn shared_by_the_world(context: &Context) -> Result<Arc<MemoryStore>, tokio::task::JoinError> {
    let store = context.share(async || tokio::spawn(async { MemoryStore::new() }).await).await?;
    context.member(store.peer_id());
    Ok(store)
}
