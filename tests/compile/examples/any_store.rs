use value_store::{Context, ValueStore, stores::MemoryStore, value_store_tests};

#[value_store_tests]
fn memory() -> impl ValueStore {
    MemoryStore::new()
}

#[value_store_tests]
fn memory_of_context(_: &Context) -> impl ValueStore {
    MemoryStore::new()
}

#[value_store_tests]
async fn fallible(_: &Context) -> Result<impl ValueStore + use<>, String> {
    Ok(MemoryStore::new())
}

fn main() {}
