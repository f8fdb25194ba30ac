use value_store::{stores::MemoryStore, value_store_tests};

#[value_store_tests(records = "crate::record")]
fn memory() -> MemoryStore {
    MemoryStore::new()
}

fn main() {}
