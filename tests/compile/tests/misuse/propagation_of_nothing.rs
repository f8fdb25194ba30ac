use value_store::{stores::MemoryStore, value_store_tests};

#[value_store_tests(propagation = "2s")]
fn memory() -> MemoryStore {
    MemoryStore::new()
}

fn main() {}
