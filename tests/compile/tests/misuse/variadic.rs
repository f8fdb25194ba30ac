use value_store::{stores::MemoryStore, value_store_tests};

#[value_store_tests]
fn memory(_: ...) -> MemoryStore {
    MemoryStore::new()
}

fn main() {}
