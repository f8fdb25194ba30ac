use value_store::value_store_tests;

#[value_store_tests]
const LIMIT: usize = 16;

fn main() {}
