use value_store::{stores::MemoryStore, value_store_tests};

mod deps {
    pub use value_store;
}

#[value_store_tests(crate = deps::value_store)]
fn memory() -> MemoryStore {
    MemoryStore::new()
}

fn main() {}
