use value_store::{stores::MemoryStore, value_store_tests};

#[value_store_tests(skip(round_trip::quantum = "no time"))]
fn memory() -> MemoryStore {
    MemoryStore::new()
}

fn main() {}
