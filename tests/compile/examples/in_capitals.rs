#![deny(warnings)]

use value_store::{stores::MemoryStore, value_store_tests};

#[value_store_tests]
#[allow(non_snake_case)]
fn MEMORY() -> MemoryStore {
    MemoryStore::new()
}

fn main() {}
