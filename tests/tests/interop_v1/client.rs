//! Helia's client against the router of this project.

use std::time::Duration;

use axum::http::StatusCode;
use serde_json::json;
use value_store::conformance::records::{Ipns, Records as _};
use value_store::ipns::Name;
use value_store::stores::delegated::v1;
use value_store::stores::kad::IpnsValidator;
use value_store::stores::{KadStore, MemoryStore};
use value_store::{Bytes, Options, ValueStore};
use value_store_tests::node::ScriptError;
use value_store_tests::server::Server;

use crate::helia::{Client, Node};

/// A router over this store, and Helia's client of it.
async fn serve(store: impl ValueStore + 'static) -> (Server, Client) {
    let server = Server::start(v1::router(store)).await.unwrap();
    let client = Client(server.url());
    (server, client)
}

fn name(name: &[u8]) -> Name {
    Name::of_key(&Ipns.key(name)).unwrap()
}

fn record(name: &[u8], version: u64) -> Bytes {
    Ipns.value(name, version, b"content")
}

fn check_fails<T>(outcome: Result<T, ScriptError>, expected: &str) {
    assert_eq!(outcome.map_err(|error| error.name).err().as_deref(), Some(expected));
}

#[tokio::test]
#[cfg_attr(not(node), ignore = "needs Node.js 20 or later, with npm, when it is built")]
async fn a_record_is_published_replaced_and_found() {
    let memory = MemoryStore::new();
    let (_server, client) = serve(memory.clone()).await;
    check_fails(client.get(name(b"name")).await, "NotFoundError");
    for version in [1, 2, u64::MAX] {
        let record = record(b"name", version);
        client.put(name(b"name"), &record).await.unwrap();
        client.put(name(b"name"), &record).await.unwrap();
        assert_eq!(client.get(name(b"name")).await.unwrap(), record);
        assert_eq!(memory.get(&Ipns.key(b"name"), &Options::new()).await.unwrap().val, record);
    }
    check_fails(client.get(name(b"other")).await, "NotFoundError");
}

#[tokio::test]
#[cfg_attr(not(node), ignore = "needs Node.js 20 or later, with npm, when it is built")]
async fn what_is_older_or_invalid_is_refused() {
    let (_server, client) = serve(MemoryStore::new()).await;
    client.put(name(b"name"), &record(b"name", 2)).await.unwrap();
    for refused in Ipns.invalid(b"name").into_iter().chain([record(b"name", 1)]) {
        check_fails(client.put(name(b"name"), &refused).await, "BadResponseError");
        assert_eq!(client.get(name(b"name")).await.unwrap(), record(b"name", 2));
    }
}

#[tokio::test]
#[cfg_attr(not(node), ignore = "needs Node.js 20 or later, with npm, when it is built")]
async fn a_record_that_has_expired_is_missing() {
    let (_server, client) = serve(MemoryStore::new()).await;
    let node = Node::start(&client.0).await;
    node.publish("key", "/ipfs/bafkqaaa", json!({ "offline": true })).await.unwrap();
    // Long enough to be put in time on a machine that is busy.
    let (name, record) = node.sign("key", 1, Duration::from_secs(15), json!({})).await;
    client.put(name, &record).await.unwrap();
    let mut found = client.get(name).await;
    while found.is_ok() {
        tokio::time::sleep(Duration::from_millis(100)).await;
        found = client.get(name).await;
    }
    check_fails(found, "NotFoundError");
}

#[tokio::test]
#[cfg_attr(not(node), ignore = "needs Node.js 20 or later, with npm, when it is built")]
async fn a_record_travels_from_one_node_of_a_dht_to_another() {
    let nodes = two_nodes().await;
    let (_one, putting) = serve(nodes[0].clone()).await;
    let (_other, getting) = serve(nodes[1].clone()).await;
    for version in [1, 2] {
        putting.put(name(b"name"), &record(b"name", version)).await.unwrap();
        assert_eq!(getting.get(name(b"name")).await.unwrap(), record(b"name", version));
    }
    check_fails(getting.put(name(b"name"), &record(b"name", 1)).await, "BadResponseError");
    check_fails(getting.get(name(b"other")).await, "NotFoundError");
}

/// Nodes of a DHT that know each other, and what IPNS records are.
async fn two_nodes() -> [KadStore; 2] {
    let start = async || {
        let node = KadStore::builder().validator("ipns", IpnsValidator).peer_timeout(Duration::from_secs(60));
        node.listen_on("/ip4/127.0.0.1/tcp/0".parse().unwrap()).start().await.unwrap()
    };
    let nodes = [start().await, start().await];
    for (node, other) in [(&nodes[0], &nodes[1]), (&nodes[1], &nodes[0])] {
        node.add_peer(other.peer_id(), other.listen_addresses().await.unwrap().remove(0)).unwrap();
    }
    nodes
}

/// What Helia's client does against the contract, or its users might not expect. A row of each is in the documentation of
/// `conformance::other_languages`: when one of these changes, it changes too.
#[tokio::test]
#[cfg_attr(not(node), ignore = "needs Node.js 20 or later, with npm, when it is built")]
async fn its_faults_are_those_that_are_written_down() {
    let (_server, client) = serve(MemoryStore::new()).await;
    // Of two puts at the same time, one is not sent, and resolves all the same.
    let (one, two) = (record(b"name", 1), record(b"name", 2));
    let (first, second) = tokio::join!(client.put(name(b"name"), &one), client.put(name(b"name"), &two));
    first.unwrap();
    second.unwrap();
    assert_eq!(client.get(name(b"name")).await.unwrap(), one);
    // A put of a key that is not of IPNS resolves, and nothing is sent.
    client.put_key(b"/pk/name", b"value").await.unwrap();
    check_fails(client.get_key(b"/pk/name").await, "NotFoundError");
    // As a routing, it takes a failure of the server for a missing key.
    let failing = Server::start(axum::Router::new().fallback(async || StatusCode::BAD_GATEWAY)).await.unwrap();
    check_fails(Client(failing.url()).get(name(b"name")).await, "BadResponseError");
    check_fails(Client(failing.url()).get_key(&Ipns.key(b"name")).await, "NotFoundError");
    // It hands out what is no record.
    let forged = async || ([("content-type", "application/vnd.ipfs.ipns-record")], "no record");
    let forging = Server::start(axum::Router::new().fallback(forged)).await.unwrap();
    assert_eq!(Client(forging.url()).get_key(&Ipns.key(b"name")).await.unwrap(), "no record");
}
