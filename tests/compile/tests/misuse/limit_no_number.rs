use value_store::{stores::MemoryStore, value_store_tests};

#[value_store_tests(max_key_len = "1024")]
fn memory() -> MemoryStore {
    MemoryStore::new()
}

fn main() {}
