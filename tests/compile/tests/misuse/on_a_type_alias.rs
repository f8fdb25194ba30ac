use value_store::value_store_tests;

#[value_store_tests]
type Store = value_store::stores::MemoryStore;

fn main() {}
