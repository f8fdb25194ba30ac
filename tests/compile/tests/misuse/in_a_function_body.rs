use value_store::{stores::MemoryStore, value_store_tests};

fn main() {
    #[value_store_tests]
    fn memory() -> MemoryStore {
        MemoryStore::new()
    }
}
