use std::error::Error;

use value_store::{stores::MemoryStore, value_store_tests};

#[value_store_tests]
fn local() -> Result<MemoryStore, Box<dyn Error>> {
    Err("no store")?
}

#[value_store_tests]
fn sendable() -> Result<MemoryStore, Box<dyn Error + Send + Sync>> {
    Err("no store")?
}

fn main() {}
