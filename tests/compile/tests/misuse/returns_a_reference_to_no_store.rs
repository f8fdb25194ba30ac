use value_store::value_store_tests;

#[value_store_tests]
fn name() -> &'static str {
    "name"
}

fn main() {}
