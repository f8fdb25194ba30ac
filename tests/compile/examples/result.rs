use std::num::ParseIntError;

use value_store::{stores::MemoryStore, value_store_tests};

#[value_store_tests]
fn memory() -> Result<MemoryStore, ParseIntError> {
    "7".parse::<u8>()?;
    Ok(MemoryStore::new())
}

fn main() {}
