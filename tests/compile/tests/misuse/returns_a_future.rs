use value_store::{stores::MemoryStore, value_store_tests};

#[value_store_tests]
fn memory() -> impl Future<Output = MemoryStore> {
    async { MemoryStore::new() }
}

fn main() {}
