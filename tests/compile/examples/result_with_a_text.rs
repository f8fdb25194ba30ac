use value_store::{stores::MemoryStore, value_store_tests};

#[value_store_tests]
fn owned() -> Result<MemoryStore, String> {
    Ok(MemoryStore::new())
}

#[value_store_tests]
fn borrowed() -> Result<MemoryStore, &'static str> {
    Ok(MemoryStore::new())
}

fn main() {}
