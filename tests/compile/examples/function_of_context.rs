use value_store::{Context, stores::MemoryStore, value_store_tests};

#[value_store_tests]
fn memory(context: &Context) -> MemoryStore {
    let store = MemoryStore::new();
    context.member(store.peer_id());
    store
}

fn main() {}
