use value_store::{stores::MemoryStore, value_store_tests};

#[value_store_tests(deadline = "99999999999h")]
fn memory() -> MemoryStore {
    MemoryStore::new()
}

fn main() {}
