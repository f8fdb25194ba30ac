use value_store::{stores::MemoryStore, value_store_tests};

#[value_store_tests(expect_failure(durable::value_survives = "no time"))]
fn memory() -> MemoryStore {
    MemoryStore::new()
}

fn main() {}
