use value_store::{Context, stores::MemoryStore, value_store_tests};

#[value_store_tests]
fn memory(_: &Context, _: u8) -> MemoryStore {
    MemoryStore::new()
}

fn main() {}
