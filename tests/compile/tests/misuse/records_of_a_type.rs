use value_store::conformance::records::Namespaced;
use value_store::{stores::MemoryStore, value_store_tests};

#[value_store_tests(records = Namespaced)]
fn memory() -> MemoryStore {
    MemoryStore::new()
}

fn main() {}
