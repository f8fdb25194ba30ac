use value_store::{stores::MemoryStore, value_store_tests};

#[value_store_tests(crate = ::std::io)]
fn memory() -> MemoryStore {
    MemoryStore::new()
}

fn main() {}
