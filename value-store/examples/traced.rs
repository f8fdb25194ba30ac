//! What two nodes of a DHT tell an operator, by `tracing`.

use tracing_subscriber::EnvFilter;
use value_store::stores::KadStore;
use value_store::{Options, ValueStore};

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    // The calls of all stores, and what the nodes of a DHT do for them and by themselves.
    let filter = EnvFilter::new("value_store=debug");
    tracing_subscriber::fmt().with_env_filter(filter).init();

    let directory = tempfile::tempdir()?;
    let alice = KadStore::builder()
        .listen_on("/ip4/127.0.0.1/tcp/0".parse()?)
        .file(directory.path().join("alice.redb"))
        .start()
        .await?;
    let address = alice.listen_addresses().await?.remove(0).with_p2p(alice.peer_id()).expect("it names no other peer");
    let bob = KadStore::builder().bootstrap(address).start().await?;

    let options = Options::new();
    bob.put(b"greeting", "hello".into(), &options).await?;
    bob.get(b"greeting", &options).await?;
    let missing = bob.get(b"farewell", &options).await;
    assert!(missing.is_err_and(|error| error.is_not_found()));
    Ok(())
}
