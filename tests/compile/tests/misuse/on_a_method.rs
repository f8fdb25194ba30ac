use value_store::{stores::MemoryStore, value_store_tests};

struct Opener;

impl Opener {
    #[value_store_tests]
    fn memory(&self) -> MemoryStore {
        MemoryStore::new()
    }
}

fn main() {}
