//! Records that are invalid, of another key than the one asked for, or not the newest.

use value_store::conformance::records::Records as _;
use value_store::stores::KadStore;
use value_store::stores::kad::QueryError;
use value_store::{Bytes, Options, ValueStore};

use crate::network::{Peer, RECORDS, address, any_port, client_of, lasting_process, new_protocol, node, query_error};

const NAME: &[u8] = b"name";

fn key() -> Bytes {
    RECORDS.key(NAME)
}

fn record(version: u64) -> Bytes {
    RECORDS.value(NAME, version, b"content")
}

async fn expect_only_refused(node: &KadStore, key: &[u8]) {
    let error = query_error(node.get(key, &Options::new()).await.unwrap_err());
    assert!(matches!(error, QueryError::OnlyRefused { refused: 1 }), "{error}");
}

/// For each of them it resets the stream, which is how the protocol refuses a record.
#[tokio::test]
#[cfg_attr(not(node), ignore = "needs Node.js 20 or later, with npm, when it is built")]
async fn javascript_refuses_records_that_are_not_valid() {
    let protocol = new_protocol();
    let peer = Peer::start(&lasting_process(), &protocol).await.unwrap();
    let careless = KadStore::builder().protocol(&protocol).peer(peer.id, peer.address.clone()).start().await.unwrap();
    let of_no_name_space = [&b"name"[..], b"/name", b"/other/name"].map(|key| (Bytes::from(key), record(1)));
    let invalid = RECORDS.invalid(NAME).into_iter().map(|value| (key(), value));
    for (key, value) in invalid.chain(of_no_name_space) {
        let error = query_error(careless.put(&key, value, &Options::new()).await.unwrap_err());
        assert!(matches!(error, QueryError::NotStored { quorum: 1, stored: 0, found: 1 }), "{error}");
        assert_eq!(peer.held(&key).await, None);
    }
    careless.put(&key(), record(1), &Options::new()).await.unwrap();
}

#[tokio::test]
#[cfg_attr(not(node), ignore = "needs Node.js 20 or later, with npm, when it is built")]
async fn records_of_javascript_that_are_not_valid_are_refused() {
    let protocol = new_protocol();
    let liar = Peer::start(&lasting_process(), &protocol).await.unwrap();
    let client = client_of(&protocol, &[&liar]).await;
    for value in RECORDS.invalid(NAME) {
        liar.plant(&key(), &key(), &value).await;
        expect_only_refused(&client, &key()).await;
    }
    let honest = Peer::start(&lasting_process(), &protocol).await.unwrap();
    honest.plant(&key(), &key(), &record(1)).await;
    client.add_peer(honest.id, honest.address.clone()).unwrap();
    let found = client.get(&key(), &Options::new()).await.unwrap();
    assert_eq!((found.val, found.from), (record(1), honest.id));
}

#[tokio::test]
#[cfg_attr(not(node), ignore = "needs Node.js 20 or later, with npm, when it is built")]
async fn a_record_of_another_key_is_refused() {
    let (protocol, other) = (new_protocol(), RECORDS.key(b"other"));
    let liar = Peer::start(&lasting_process(), &protocol).await.unwrap();
    let client = client_of(&protocol, &[&liar]).await;
    liar.plant(&key(), &other, &record(2)).await;
    expect_only_refused(&client, &key()).await;

    let honest = Peer::start(&lasting_process(), &protocol).await.unwrap();
    client.add_peer(honest.id, honest.address.clone()).unwrap();
    // A record of another key does not count as a newer one either.
    client.put(&key(), record(1), &Options::new().with("quorum", "all")).await.unwrap();
    liar.plant(&key(), &other, &record(2)).await;
    let found = client.get(&key(), &Options::new()).await.unwrap();
    assert_eq!((found.val, found.from), (record(1), honest.id));
}

/// A put of js-libp2p goes to all peers, even those that have a newer record, and js-libp2p itself keeps the one that comes
/// last.
#[tokio::test]
#[cfg_attr(not(node), ignore = "needs Node.js 20 or later, with npm, when it is built")]
async fn an_older_record_that_javascript_pushes_replaces_nothing() {
    let (protocol, options) = (new_protocol(), Options::new());
    let peer = Peer::start(&lasting_process(), &protocol).await.unwrap();
    let store = node(&protocol).listen_on(any_port()).peer(peer.id, peer.address.clone()).start().await.unwrap();
    peer.meet(store.peer_id(), &address(&store).await).await.unwrap();
    store.put(&key(), record(2), &options).await.unwrap();
    for pushed in [record(1), "no record".into()] {
        peer.put(&key(), &pushed).await;
        assert_eq!(peer.held(&key()).await, Some(pushed));
        let found = store.get(&key(), &options).await.unwrap();
        assert_eq!((found.val, found.from), (record(2), store.peer_id()));
    }
    // A get of js-libp2p asks all peers, returns the newest record, and keeps it.
    assert_eq!(peer.get(&key()).await.unwrap().val, record(2));
    peer.put(&key(), &record(1)).await;
    assert_eq!(peer.get(&key()).await.unwrap().val, record(2));
    assert_eq!(peer.held(&key()).await, Some(record(2)));
    peer.put(&key(), &record(3)).await;
    assert_eq!(store.get(&key(), &options).await.unwrap().val, record(3));
}

#[tokio::test]
#[cfg_attr(not(node), ignore = "needs Node.js 20 or later, with npm, when it is built")]
async fn a_put_that_javascript_has_newer_for_is_refused() {
    let (protocol, options) = (new_protocol(), Options::new());
    let peer = Peer::start(&lasting_process(), &protocol).await.unwrap();
    let client = client_of(&protocol, &[&peer]).await;
    peer.put(&key(), &record(2)).await;
    let error = client.put(&key(), record(1), &options).await.unwrap_err();
    assert!(error.is_invalid_value(), "{error}");
    assert_eq!(peer.held(&key()).await, Some(record(2)));
}
