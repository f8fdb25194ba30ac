use value_store::conformance::records::Namespaced;
use value_store::{stores::MemoryStore, value_store_tests};

const APP: Namespaced = Namespaced::new("app");

#[value_store_tests(records = APP, skip(key_identity = "the network validates"))]
fn memory() -> MemoryStore {
    MemoryStore::new()
}

fn main() {}
