//! The suite on the embedded stores.

use value_store::stores::MemoryStore;
use value_store::{Context, value_store_tests};

#[value_store_tests(settled)]
fn memory(context: &Context) -> MemoryStore {
    let store = MemoryStore::new();
    context.member(store.peer_id());
    store
}
