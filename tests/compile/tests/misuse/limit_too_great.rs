use value_store::{stores::MemoryStore, value_store_tests};

#[value_store_tests(max_value_len = 99999999999999999999)]
fn memory() -> MemoryStore {
    MemoryStore::new()
}

fn main() {}
