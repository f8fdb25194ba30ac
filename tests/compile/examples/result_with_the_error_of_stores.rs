use value_store::Error;

use value_store::{stores::MemoryStore, value_store_tests};

#[value_store_tests]
async fn memory() -> Result<MemoryStore, Error> {
    Ok(MemoryStore::new())
}

fn main() {}
