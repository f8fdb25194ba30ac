use std::sync::Arc;

use value_store::{ValueStore, stores::MemoryStore, value_store_tests};

#[value_store_tests]
fn counted() -> Arc<dyn ValueStore> {
    Arc::new(MemoryStore::new())
}

#[value_store_tests]
fn boxed() -> Box<dyn ValueStore> {
    Box::new(MemoryStore::new())
}

#[value_store_tests]
async fn fallible() -> Result<Arc<dyn ValueStore>, String> {
    Ok(Arc::new(MemoryStore::new()))
}

fn main() {}
