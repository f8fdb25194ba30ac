//! Peers in JavaScript whose process is stopped or killed.

use std::sync::Arc;
use std::time::{Duration, Instant};

use value_store::conformance::records::Records as _;
use value_store::stores::KadStore;
use value_store::stores::kad::QueryError;
use value_store::{Bytes, Options, ValueStore};
use value_store_tests::node::Script;

use crate::network::{Peer, RECORDS, client_of, lasting_process, new_protocol, process, query_error};

const NAME: &[u8] = b"name";

fn key() -> Bytes {
    RECORDS.key(NAME)
}

fn record(version: u64) -> Bytes {
    RECORDS.value(NAME, version, b"content")
}

/// Two peers: `lasting`, and `fated`, whose process a test stops or kills. One client knows both, and two know one each. Both
/// peers have version 1 of the record.
struct Network {
    /// The process of the peer `fated`.
    fate: Arc<Script>,
    _peers: [Peer; 2],
    both: KadStore,
    only_lasting: KadStore,
    only_fated: KadStore,
}

async fn network() -> Network {
    let (protocol, fate) = (new_protocol(), process());
    let lasting = Peer::start(&lasting_process(), &protocol).await.unwrap();
    let fated = Peer::start(&fate, &protocol).await.unwrap();
    let both = client_of(&protocol, &[&lasting, &fated]).await;
    both.put(&key(), record(1), &Options::new().with("quorum", 2)).await.unwrap();
    let only_lasting = client_of(&protocol, &[&lasting]).await;
    let only_fated = client_of(&protocol, &[&fated]).await;
    expect(&only_fated, 1).await;
    Network { fate, _peers: [lasting, fated], both, only_lasting, only_fated }
}

async fn expect(node: &KadStore, version: u64) {
    assert_eq!(node.get(&key(), &Options::new()).await.unwrap().val, record(version));
}

/// Expects a put and a get of this key to last until their timeout, and to end then.
async fn expect_timeouts(node: &KadStore, key: &Bytes, put: u64) {
    let (timeout, begun) = (Duration::from_millis(300), Instant::now());
    let options = Options::new().with_timeout(timeout);
    let (put, get) = tokio::join!(node.put(key, record(put), &options), node.get(key, &options));
    assert!(begun.elapsed() >= timeout);
    for error in [put.unwrap_err(), get.map(drop).unwrap_err()] {
        assert!(error.is_timeout(), "{error}");
    }
}

#[tokio::test]
#[cfg_attr(not(node), ignore = "needs Node.js 20 or later, with npm, when it is built")]
async fn a_peer_that_stands_still_is_waited_for_and_goes_on() {
    let network = network().await;
    let paused = network.fate.pause().unwrap();
    expect_timeouts(&network.only_fated, &key(), 2).await;
    // The key is missing at the other peer, but the stopped one might have it.
    expect_timeouts(&network.both, &RECORDS.key(b"missing"), 1).await;
    // Where the other peer has an answer, none of the stopped one is needed.
    expect(&network.both, 1).await;
    expect(&network.only_lasting, 1).await;
    network.only_lasting.put(&key(), record(3), &Options::new()).await.unwrap();
    expect(&network.only_lasting, 3).await;

    drop(paused);
    network.both.put(&key(), record(4), &Options::new().with("quorum", 2)).await.unwrap();
    for node in [&network.both, &network.only_lasting, &network.only_fated] {
        expect(node, 4).await;
    }
}

#[tokio::test]
#[cfg_attr(not(node), ignore = "needs Node.js 20 or later, with npm, when it is built")]
async fn a_peer_that_is_killed_is_an_outage_and_no_miss() {
    let (network, options) = (network().await, Options::new());
    network.fate.kill().unwrap();
    for _ in 0..3 {
        let get = query_error(network.only_fated.get(&key(), &options).await.unwrap_err());
        assert!(matches!(get, QueryError::NoAnswer { asked: 1 }), "{get}");
        let put = query_error(network.only_fated.put(&key(), record(2), &options).await.unwrap_err());
        assert!(matches!(put, QueryError::NoAnswer { asked: 1 }), "{put}");
    }
    expect(&network.both, 1).await;
    let put = network.both.put(&key(), record(2), &options.clone().with("quorum", 2)).await;
    let put = query_error(put.unwrap_err());
    assert!(matches!(put, QueryError::NotStored { quorum: 2, stored: 0, found: 1 }), "{put}");
    expect(&network.both, 1).await;
    network.both.put(&key(), record(2), &options).await.unwrap();
    for node in [&network.both, &network.only_lasting] {
        expect(node, 2).await;
    }
}
