use value_store::value_store_tests;

#[value_store_tests]
async fn memory() -> () {
    
}

fn main() {}
