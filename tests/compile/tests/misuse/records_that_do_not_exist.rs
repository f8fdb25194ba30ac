use value_store::{stores::MemoryStore, value_store_tests};

#[value_store_tests(records = crate::records::APP)]
fn memory() -> MemoryStore {
    MemoryStore::new()
}

mod records {}

fn main() {}
