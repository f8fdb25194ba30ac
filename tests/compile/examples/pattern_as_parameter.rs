use value_store::{Context, stores::MemoryStore, value_store_tests};

#[value_store_tests]
fn memory(Context { .. }: &Context) -> MemoryStore {
    MemoryStore::new()
}

fn main() {}
