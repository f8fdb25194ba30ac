use value_store::{stores::MemoryStore, value_store_tests};

const SEED: u64 = 7;

#[value_store_tests(records = SEED)]
fn memory() -> MemoryStore {
    MemoryStore::new()
}

fn main() {}
