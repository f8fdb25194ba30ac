#![deny(warnings)]

use value_store::{stores::MemoryStore, value_store_tests};

#[value_store_tests]
fn one() -> MemoryStore {
    MemoryStore::new()
}

#[value_store_tests]
fn other() -> MemoryStore {
    one()
}

fn main() {}
