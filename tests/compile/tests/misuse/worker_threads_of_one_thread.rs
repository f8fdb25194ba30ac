use value_store::{stores::MemoryStore, value_store_tests};

#[value_store_tests(worker_threads = 2)]
fn memory() -> MemoryStore {
    MemoryStore::new()
}

fn main() {}
