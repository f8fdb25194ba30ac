use value_store::{stores::MemoryStore, value_store_tests};

#[tokio::test]
#[value_store_tests]
async fn memory() -> MemoryStore {
    MemoryStore::new()
}

fn main() {}
