use value_store::value_store_tests;

#[value_store_tests]
enum Store {}

fn main() {}
