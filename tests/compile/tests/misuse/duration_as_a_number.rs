use value_store::{stores::MemoryStore, value_store_tests};

#[value_store_tests(deadline = 30)]
fn memory() -> MemoryStore {
    MemoryStore::new()
}

fn main() {}
