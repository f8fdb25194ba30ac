//! The client of this project against Helia's server, and what that server does against the specification.

use std::time::Duration;

use serde_json::{Value, json};
use value_store::conformance::records::{Ipns, Records as _};
use value_store::ipns::Name;
use value_store::stores::delegated::v1::IpnsStore;
use value_store::{Options, ValueStore};

use crate::helia::{HeliaServer, Node};

const RECORD: &str = "application/vnd.ipfs.ipns-record";

async fn serve() -> (HeliaServer, IpnsStore) {
    let server = HeliaServer::start().await.unwrap();
    let store = IpnsStore::new(&server.url).unwrap();
    (server, store)
}

#[tokio::test]
#[cfg_attr(not(node), ignore = "needs Node.js 20 or later, with npm, when it is built")]
async fn a_record_is_published_and_found() {
    let ((_server, store), options) = (serve().await, Options::new());
    let key = Ipns.key(b"name");
    assert!(store.get(&key, &options).await.unwrap_err().is_not_found());
    for version in [1, 2, u64::MAX] {
        let record = Ipns.value(b"name", version, b"content");
        store.put(&key, record.clone(), &options).await.unwrap();
        let found = store.get(&key, &options).await.unwrap();
        assert_eq!((found.val, found.from), (record, store.peer_id()));
    }
}

#[tokio::test]
#[cfg_attr(not(node), ignore = "needs Node.js 20 or later, with npm, when it is built")]
async fn records_that_helia_signs_are_valid() {
    let ((server, store), options) = (serve().await, Options::new());
    let node = Node::start(&server.url).await;
    let name = node.publish("key", "/ipfs/bafkqaaa", json!({})).await.unwrap();
    store.get(&name.to_key(), &options).await.unwrap();
    for (sequence, is_compatible) in [(2, true), (3, false)] {
        let (_, record) =
            node.sign("key", sequence, Duration::from_secs(60), json!({ "v1Compatible": is_compatible })).await;
        store.put(&name.to_key(), record.clone(), &options).await.unwrap();
        assert_eq!(store.get(&name.to_key(), &options).await.unwrap().val, record);
    }
}

/// A row of each of these is in the documentation of `conformance::other_languages`: when one changes, it changes too.
#[tokio::test]
#[cfg_attr(not(node), ignore = "needs Node.js 20 or later, with npm, when it is built")]
async fn what_it_does_against_the_specification_is_written_down() {
    let (server, store) = serve().await;
    let (valid, invalid) = (Ipns.value(b"name", 1, b""), &b"no record"[..]);
    store.put(&Ipns.key(b"name"), valid.clone(), &Options::new()).await.unwrap();
    let path = format!("/routing/v1/ipns/{}", Name::of_key(&Ipns.key(b"name")).unwrap());
    let put =
        async |headers: Value, body: &[u8]| server.request("PUT", &path, headers, Some(body)).await["status"].clone();
    let get = async |path: &str, headers: Value| server.request("GET", path, headers, None).await;

    // 400 is specified.
    assert_eq!(put(json!({ "content-type": RECORD }), invalid).await, 500);
    assert_eq!(get("/routing/v1/ipns/name", json!({ "accept": RECORD })).await["status"], 422);
    // 406.
    assert_eq!(put(json!({ "content-type": "application/octet-stream" }), &valid).await, 415);
    assert_eq!(put(json!({ "content-type": "application/json" }), b"{}").await, 500);
    assert_eq!(get(&path, json!({ "accept": "application/json" })).await["status"], 200);
    // 501, and 400 for a path that is not known.
    assert_eq!(server.request("DELETE", &path, json!({}), None).await["status"], 404);
    assert_eq!(get("/routing/v1/other", json!({})).await["status"], 404);
    // None of the headers for caches.
    let found = get(&path, json!({ "accept": RECORD })).await;
    for header in ["etag", "cache-control", "expires", "last-modified", "vary"] {
        assert_eq!(found["headers"][header], Value::Null, "{header}");
    }
    assert_eq!(found["headers"]["content-type"], RECORD);
    assert_eq!(get(&path, json!({ "if-none-match": "*" })).await["status"], 200);
    // Pages of other origins may get, but not put.
    let preflight = json!({ "origin": "https://example.com", "access-control-request-method": "PUT" });
    let preflight = server.request("OPTIONS", &path, preflight, None).await;
    assert_eq!(preflight["headers"]["access-control-allow-methods"], "GET, OPTIONS");
}

/// It does not look at what it hands out.
#[tokio::test]
#[cfg_attr(not(node), ignore = "needs Node.js 20 or later, with npm, when it is built")]
async fn it_serves_records_that_have_expired_and_the_client_does_not_return_them() {
    let ((server, store), options) = (serve().await, Options::new());
    let node = Node::start(&server.url).await;
    let name = node.publish("key", "/ipfs/bafkqaaa", json!({})).await.unwrap();
    // Long enough to be put in time on a machine that is busy.
    let (_, record) = node.sign("key", 2, Duration::from_secs(15), json!({})).await;
    store.put(&name.to_key(), record, &options).await.unwrap();
    let error = loop {
        match store.get(&name.to_key(), &options).await {
            Ok(_) => tokio::time::sleep(Duration::from_millis(100)).await,
            Err(error) => break error,
        }
    };
    assert!(error.is_backend(), "{error}");
}
