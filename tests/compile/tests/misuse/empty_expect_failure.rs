use value_store::{stores::MemoryStore, value_store_tests};

#[value_store_tests(expect_failure())]
fn memory() -> MemoryStore {
    MemoryStore::new()
}

fn main() {}
