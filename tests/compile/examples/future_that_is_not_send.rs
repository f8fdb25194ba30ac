use std::rc::Rc;

use value_store::{stores::MemoryStore, value_store_tests};

#[value_store_tests]
async fn memory() -> MemoryStore {
    let store = Rc::new(MemoryStore::new());
    std::future::ready(()).await;
    MemoryStore::clone(&store)
}

fn main() {}
