use value_store::{stores::MemoryStore, value_store_tests};

struct Wordless;

#[value_store_tests]
fn memory() -> Result<MemoryStore, Wordless> {
    Ok(MemoryStore::new())
}

fn main() {}
