use value_store::{stores::MemoryStore, value_store_tests};

#[value_store_tests]
fn core() -> MemoryStore {
    MemoryStore::new()
}

#[value_store_tests]
fn std() -> MemoryStore {
    MemoryStore::new()
}

#[value_store_tests]
fn tokio() -> MemoryStore {
    MemoryStore::new()
}

#[value_store_tests]
fn r#type() -> MemoryStore {
    MemoryStore::new()
}

fn main() {}
