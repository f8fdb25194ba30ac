use std::rc::Rc;

use value_store::{stores::MemoryStore, value_store_tests};

#[value_store_tests]
fn memory() -> Rc<MemoryStore> {
    Rc::new(MemoryStore::new())
}

fn main() {}
