use value_store::{stores::MemoryStore, value_store_tests};

#[cfg(true)]
#[value_store_tests]
fn above() -> MemoryStore {
    MemoryStore::new()
}

#[value_store_tests]
#[cfg(true)]
fn below() -> MemoryStore {
    MemoryStore::new()
}

#[cfg(false)]
#[value_store_tests]
fn never_above() -> NoSuchStore {}

#[value_store_tests]
#[cfg(false)]
fn never_below() -> NoSuchStore {}

fn main() {}
