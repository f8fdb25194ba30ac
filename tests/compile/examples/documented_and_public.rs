//! A crate whose lints are strict.

#![deny(warnings, missing_docs, unreachable_pub, unused_qualifications, clippy::pedantic)]
#![forbid(unsafe_code)]

use value_store::{stores::MemoryStore, value_store_tests};

/// Opens a store.
#[value_store_tests]
#[must_use]
pub fn memory() -> MemoryStore {
    MemoryStore::new()
}

fn main() {}
