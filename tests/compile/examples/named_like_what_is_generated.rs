#![deny(warnings)]

use value_store::{stores::MemoryStore, value_store_tests};

#[value_store_tests]
fn overwrite() -> MemoryStore {
    MemoryStore::new()
}

#[value_store_tests]
fn factory() -> MemoryStore {
    MemoryStore::new()
}

#[value_store_tests]
fn expansion() -> MemoryStore {
    MemoryStore::new()
}

#[value_store_tests]
fn opening() -> MemoryStore {
    MemoryStore::new()
}

#[value_store_tests]
fn context() -> MemoryStore {
    MemoryStore::new()
}

#[value_store_tests]
fn the_factory() -> MemoryStore {
    MemoryStore::new()
}

#[value_store_tests]
fn test() -> MemoryStore {
    MemoryStore::new()
}

fn main() {}
