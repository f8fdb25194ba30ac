use value_store::{stores::MemoryStore, value_store_tests};

trait Open {
    #[value_store_tests]
    fn memory() -> MemoryStore;
}

fn main() {}
