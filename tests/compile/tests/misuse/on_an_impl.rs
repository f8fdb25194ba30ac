use value_store::value_store_tests;

struct Store;

#[value_store_tests]
impl Store {}

fn main() {}
