use value_store::{Context, stores::MemoryStore, value_store_tests};

#[value_store_tests]
async fn memory(context: &Context) -> MemoryStore {
    let shared = context.share(async || Ok::<_, std::io::Error>(MemoryStore::new())).await;
    MemoryStore::clone(&shared.unwrap())
}

fn main() {}
