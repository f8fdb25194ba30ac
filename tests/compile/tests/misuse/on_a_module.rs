use value_store::value_store_tests;

#[value_store_tests]
mod stores {}

fn main() {}
