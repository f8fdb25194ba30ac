use value_store::value_store_tests;

#[value_store_tests]
fn number() -> Result<u64, String> {
    Ok(0)
}

fn main() {}
