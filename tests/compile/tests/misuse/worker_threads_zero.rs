use value_store::{stores::MemoryStore, value_store_tests};

#[value_store_tests(flavor = "multi_thread", worker_threads = 0)]
fn memory() -> MemoryStore {
    MemoryStore::new()
}

fn main() {}
