#![deny(warnings)]

use value_store::{stores::MemoryStore, value_store_tests};

#[value_store_tests]
#[allow(deprecated, reason = "the new one is not there yet")]
fn memory() -> MemoryStore {
    old()
}

#[deprecated]
fn old() -> MemoryStore {
    MemoryStore::new()
}

fn main() {}
