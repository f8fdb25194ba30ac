use value_store::{stores::MemoryStore, value_store_tests};

#[value_store_tests(grace = "-1s")]
fn memory() -> MemoryStore {
    MemoryStore::new()
}

fn main() {}
