use value_store::value_store_tests;

#[value_store_tests]
struct Store;

fn main() {}
