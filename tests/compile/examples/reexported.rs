mod deps {
    pub use value_store;
}

use deps::value_store::{stores::MemoryStore, value_store_tests};

#[value_store_tests(crate = crate::deps::value_store)]
fn in_a_module() -> MemoryStore {
    MemoryStore::new()
}

#[value_store_tests(crate = ::value_store)]
fn from_the_root() -> MemoryStore {
    MemoryStore::new()
}

#[value_store_tests(crate = value_store)]
fn by_its_name() -> MemoryStore {
    MemoryStore::new()
}

fn main() {}
