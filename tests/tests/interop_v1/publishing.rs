//! `@helia/ipns`, which publishes and resolves through the router of this project.

use std::time::Duration;

use serde_json::json;
use value_store::ipns::Record;
use value_store::stores::MemoryStore;
use value_store::stores::delegated::v1::{self, IpnsStore};
use value_store::{Options, ValueStore};
use value_store_tests::server::Server;

use crate::helia::Node;

/// Two CIDs with their content inside.
const ONE: &str = "/ipfs/bafkqaaa";
const OTHER: &str = "/ipfs/bafkqabdomfwwk";

async fn serve() -> (Server, IpnsStore) {
    let server = Server::start(v1::router(MemoryStore::new())).await.unwrap();
    let store = IpnsStore::new(&server.url()).unwrap();
    (server, store)
}

#[tokio::test]
#[cfg_attr(not(node), ignore = "needs Node.js 20 or later, with npm, when it is built")]
async fn what_one_node_publishes_another_resolves() {
    let (server, store) = serve().await;
    let (publisher, resolver) = (Node::start(&server.url()).await, Node::start(&server.url()).await);
    for (sequence, value) in [(1, ONE), (2, OTHER), (3, ONE)] {
        let name = publisher.publish("key", value, json!({ "ttl": 90_000 })).await.unwrap();
        assert_eq!(resolver.resolve(name).await.unwrap(), value);
        let found = store.get(&name.to_key(), &Options::new()).await.unwrap().val;
        let record = Record::verify(&name, &found).unwrap();
        assert_eq!((record.sequence(), record.ttl()), (sequence, Some(Duration::from_secs(90))));
    }
}

#[tokio::test]
#[cfg_attr(not(node), ignore = "needs Node.js 20 or later, with npm, when it is built")]
async fn a_name_may_point_at_another() {
    let (server, _) = serve().await;
    let (publisher, resolver) = (Node::start(&server.url()).await, Node::start(&server.url()).await);
    let inner = publisher.publish("inner", ONE, json!({})).await.unwrap();
    let outer = publisher.publish("outer", &format!("/ipns/{inner}"), json!({})).await.unwrap();
    assert_eq!(resolver.resolve(outer).await.unwrap(), ONE);
}

/// Such a record has only what is signed, and no fields beside that.
#[tokio::test]
#[cfg_attr(not(node), ignore = "needs Node.js 20 or later, with npm, when it is built")]
async fn a_record_of_version_2_alone_is_published_and_resolved() {
    let (server, store) = serve().await;
    let (publisher, resolver) = (Node::start(&server.url()).await, Node::start(&server.url()).await);
    let name = publisher.publish("key", ONE, json!({ "v1Compatible": false })).await.unwrap();
    assert_eq!(resolver.resolve(name).await.unwrap(), ONE);
    let found = store.get(&name.to_key(), &Options::new()).await.unwrap().val;
    assert_eq!(Record::verify(&name, &found).unwrap().sequence(), 1);
    let name = publisher.publish("key", OTHER, json!({ "v1Compatible": false })).await.unwrap();
    assert_eq!(resolver.resolve(name).await.unwrap(), OTHER);
}

#[tokio::test]
#[cfg_attr(not(node), ignore = "needs Node.js 20 or later, with npm, when it is built")]
async fn a_name_that_nobody_published_is_not_found() {
    let (server, _) = serve().await;
    let (publisher, resolver) = (Node::start(&server.url()).await, Node::start(&server.url()).await);
    let name = publisher.publish("key", ONE, json!({ "offline": true })).await.unwrap();
    assert_eq!(resolver.resolve(name).await.unwrap_err().name, "RecordNotFoundError");
}

/// The record of a node that has lost its data begins at 1 again, and is refused.
#[tokio::test]
#[cfg_attr(not(node), ignore = "needs Node.js 20 or later, with npm, when it is built")]
async fn a_node_that_counts_anew_is_refused() {
    let (server, store) = serve().await;
    let publisher = Node::start(&server.url()).await;
    publisher.publish("key", ONE, json!({ "offline": true })).await.unwrap();
    let (name, newer) = publisher.sign("key", 7, Duration::from_secs(3_600), json!({})).await;
    store.put(&name.to_key(), newer, &Options::new()).await.unwrap();
    let refused = publisher.publish("key", OTHER, json!({})).await.unwrap_err();
    assert_eq!(refused.name, "BadResponseError");
    assert_eq!(Node::start(&server.url()).await.resolve(name).await.unwrap(), ONE);
}
