use std::io;

use value_store::{Context, stores::MemoryStore, value_store_tests};

#[value_store_tests]
async fn memory(context: &Context) -> io::Result<MemoryStore> {
    let shared = context.share(async || io::Result::Ok(MemoryStore::new())).await?;
    Ok(MemoryStore::clone(&shared))
}

fn main() {}
