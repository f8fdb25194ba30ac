mod outer {
    pub mod inner {
        use value_store::{stores::MemoryStore, value_store_tests};

        #[value_store_tests]
        pub fn memory() -> MemoryStore {
            MemoryStore::new()
        }
    }
}

fn main() {}
