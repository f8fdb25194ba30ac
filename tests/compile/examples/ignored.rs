use value_store::{stores::MemoryStore, value_store_tests};

#[value_store_tests]
#[ignore]
fn silently() -> MemoryStore {
    MemoryStore::new()
}

#[value_store_tests]
#[ignore = "no server here"]
fn with_a_reason() -> MemoryStore {
    MemoryStore::new()
}

#[value_store_tests(skip(overwrite = "no time"))]
#[ignore]
fn with_skipped_cases() -> MemoryStore {
    MemoryStore::new()
}

fn main() {}
