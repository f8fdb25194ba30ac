use value_store::value_store_tests;

#[value_store_tests]
fn number() -> u64 {
    0
}

fn main() {}
