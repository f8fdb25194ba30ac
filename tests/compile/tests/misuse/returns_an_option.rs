use value_store::{stores::MemoryStore, value_store_tests};

#[value_store_tests]
fn memory() -> Option<MemoryStore> {
    Some(MemoryStore::new())
}

fn main() {}
