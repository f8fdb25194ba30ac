//! Peers that are gone, silent or of another kind, and a node that has stopped.

use std::sync::atomic::Ordering;
use std::time::Instant;

use libp2p::kad::store::RecordStore;
use libp2p::kad::{Event, InboundRequest, ProviderRecord};
use libp2p::swarm::SwarmEvent;
use tokio::runtime::Runtime;

use super::super::swarm::BehaviourEvent;
use super::*;

/// An address where nobody listens any longer.
async fn nobody() -> Multiaddr {
    let gone = TcpListener::bind("127.0.0.1:0").await.unwrap();
    format!("/ip4/127.0.0.1/tcp/{}", gone.local_addr().unwrap().port()).parse().unwrap()
}

/// A peer that takes connections and says nothing.
async fn silent() -> (TcpListener, Multiaddr) {
    let silent = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = format!("/ip4/127.0.0.1/tcp/{}", silent.local_addr().unwrap().port()).parse().unwrap();
    (silent, address)
}

async fn expect_no_answer(node: &KadStore, asked: usize) {
    let options = Options::new();
    let put = query_error(node.put(b"key", "value".into(), &options).await.unwrap_err());
    assert!(matches!(put, QueryError::NoAnswer { asked: number } if number == asked), "{put}");
    let get = query_error(node.get(b"key", &options).await.unwrap_err());
    assert!(matches!(get, QueryError::NoAnswer { asked: number } if number == asked), "{get}");
}

#[tokio::test]
async fn a_put_without_peers_is_an_error_and_leaves_nothing() {
    let (alone, options) = (node().await, Options::new());
    for _ in 0..2 {
        let get = query_error(alone.get(b"key", &options).await.unwrap_err());
        assert!(matches!(get, QueryError::NoPeers), "{get}");
        let put = query_error(alone.put(b"key", "value".into(), &options).await.unwrap_err());
        assert!(matches!(put, QueryError::NoPeers), "{put}");
    }
}

#[tokio::test]
async fn a_put_that_fails_leaves_the_value_that_was_there() {
    let (alice, options) = (node().await, Options::new());
    let bob = client_of(&[&alice]).await;
    bob.put(b"key", "old".into(), &options).await.unwrap();
    let put = bob.put(b"key", "new".into(), &options.clone().with("quorum", 2)).await.unwrap_err();
    assert!(matches!(query_error(put), QueryError::NotStored { quorum: 2, stored: 0, found: 1 }));
    for node in [&alice, &bob] {
        assert_eq!(node.get(b"key", &options).await.unwrap().val, "old");
    }
}

#[tokio::test]
async fn a_put_that_no_peer_took_leaves_nothing() {
    let (peer, options) = (Peer::that_takes_nothing().await, Options::new());
    let bob = KadStore::builder().peer_timeout(Duration::from_secs(1)).start().await.unwrap();
    peer.known_to(&bob);
    let put = query_error(bob.put(b"key", "value".into(), &options).await.unwrap_err());
    assert!(matches!(put, QueryError::NotStored { quorum: 1, stored: 0, found: 1 }), "{put}");
    assert!(bob.get(b"key", &options).await.unwrap_err().is_not_found());
}

#[tokio::test]
async fn a_key_is_missing_only_where_a_peer_has_answered() {
    let alice = node().await;
    let bob = client_of(&[&alice]).await;
    assert!(bob.get(b"key", &Options::new()).await.unwrap_err().is_not_found());
}

#[tokio::test]
async fn peers_that_are_gone_are_no_answer() {
    let bob = client_of(&[]).await;
    for _ in 0..2 {
        bob.add_peer(PeerId::random(), nobody().await).unwrap();
    }
    expect_no_answer(&bob, 2).await;
}

#[tokio::test]
async fn a_peer_in_client_mode_is_no_answer() {
    let (peer, bob) = (Peer::in_client_mode().await, client_of(&[]).await);
    peer.known_to(&bob);
    expect_no_answer(&bob, 1).await;
}

#[tokio::test]
async fn a_peer_of_another_network_is_no_answer() {
    let other = KadStore::builder().protocol("/other/1.0.0").listen_on(any_port()).start().await.unwrap();
    let bob = client_of(&[&other]).await;
    expect_no_answer(&bob, 1).await;
}

#[tokio::test]
async fn a_record_that_is_too_long_to_be_received_is_no_answer() {
    let (peer, bob) = (Peer::with(b"key", &vec![7; 2 << 20]).await, client_of(&[]).await);
    peer.known_to(&bob);
    let get = query_error(bob.get(b"key", &Options::new()).await.unwrap_err());
    assert!(matches!(get, QueryError::NoAnswer { asked: 1 }), "{get}");
}

#[tokio::test]
async fn a_silent_peer_is_no_answer_when_its_time_is_up() {
    let (_listener, address) = silent().await;
    let bob = KadStore::builder().peer(PeerId::random(), address).peer_timeout(Duration::from_millis(100));
    expect_no_answer(&bob.start().await.unwrap(), 1).await;
}

/// Kad itself gives up a peer after ten seconds.
#[tokio::test]
async fn a_peer_has_all_of_its_time() {
    let ((_listener, address), time) = (silent().await, Duration::from_secs(11));
    let bob = KadStore::builder().peer(PeerId::random(), address).peer_timeout(time).start().await.unwrap();
    let (begun, options) = (Instant::now(), Options::new());
    let (put, get) = tokio::join!(bob.put(b"key", "value".into(), &options), bob.get(b"key", &options));
    assert!(begun.elapsed() >= time);
    for error in [put.unwrap_err(), get.unwrap_err()] {
        assert!(matches!(query_error(error), QueryError::NoAnswer { asked: 1 }));
    }
}

#[tokio::test]
async fn a_call_to_a_silent_peer_ends_with_its_own_timeout() {
    let (_listener, address) = silent().await;
    let bob = KadStore::builder().peer(PeerId::random(), address).default_timeout(Duration::from_millis(20));
    let bob = bob.start().await.unwrap();
    for options in [Options::new(), Options::new().with_timeout(Duration::from_millis(50))] {
        let (begun, timeout) = (Instant::now(), options.timeout().unwrap_or(Duration::from_millis(20)));
        assert!(bob.put(b"key", "value".into(), &options).await.unwrap_err().is_timeout());
        assert!(bob.get(b"key", &options).await.unwrap_err().is_timeout());
        assert!(begun.elapsed() >= 2 * timeout);
    }
}

/// If it did, the get would wait for ten seconds, and time out.
#[tokio::test]
async fn a_silent_peer_does_not_hold_up_a_get_that_another_peer_answers() {
    let (_listener, address) = silent().await;
    let (alice, options) = (node().await, Options::new().with_timeout(Duration::from_secs(8)));
    let (bob, carol) = (client_of(&[&alice]).await, client_of(&[&alice]).await);
    bob.put(b"key", "value".into(), &options).await.unwrap();
    for node in [&bob, &carol] {
        node.add_peer(PeerId::random(), address.clone()).unwrap();
        assert_eq!(node.get(b"key", &options).await.unwrap().val, "value");
    }
}

#[tokio::test]
async fn one_peer_that_is_gone_fails_no_put() {
    let (alice, options) = (node().await, Options::new().with("quorum", "all"));
    let bob = client_of(&[&alice]).await;
    bob.add_peer(PeerId::random(), nobody().await).unwrap();
    bob.put(b"key", "value".into(), &options).await.unwrap();
    assert_eq!(alice.get(b"key", &Options::new()).await.unwrap().val, "value");
}

#[tokio::test]
async fn a_call_that_is_taken_back_leaves_no_query() {
    let (_listener, address) = silent().await;
    let (mut driver, _store) = KadStore::builder().peer(PeerId::random(), address).build(None).unwrap();
    let (key, quorum) = (RecordKey::new(b"key"), Quorum::One);
    let (put, _answer) = oneshot::channel();
    let (get, _answer) = oneshot::channel();
    driver.obey(Command::Put { id: 1, key: key.clone(), value: b"value".into(), quorum, reply: put });
    driver.obey(Command::Get { id: 2, key, quorum, reply: get });
    assert_eq!(kad(&mut driver).iter_queries().count(), 2);
    driver.obey(Command::Cancel(1));
    driver.obey(Command::Cancel(2));
    assert_eq!(kad(&mut driver).iter_queries().count(), 0);
}

/// No put of another node can reach it. If it kept a copy, it would read that until the copy expires.
#[tokio::test]
async fn a_node_that_listens_nowhere_sees_what_others_put_after_it() {
    let (alice, options) = (node().await, Options::new());
    let (bob, carol) = (client_of(&[&alice]).await, client_of(&[&alice]).await);
    bob.put(b"key", "old".into(), &options).await.unwrap();
    carol.put(b"key", "new".into(), &options).await.unwrap();
    assert_eq!(bob.get(b"key", &options).await.unwrap().val, "new");
}

/// No limit counts them, and their size has no limit.
#[tokio::test]
async fn provider_records_are_not_kept() {
    let (mut driver, _store) = KadStore::builder().listen_on(any_port()).build(None).unwrap();
    let key = RecordKey::new(b"key");
    let record = ProviderRecord::new(key.clone(), PeerId::random(), Vec::new());
    let request = InboundRequest::AddProvider { record: Some(record) };
    driver.react(SwarmEvent::Behaviour(BehaviourEvent::Kad(Event::InboundRequest { request })));
    assert!(kad(&mut driver).store_mut().providers(&key).is_empty());
}

#[tokio::test]
async fn calls_that_end_early_are_taken_back() {
    let (_listener, address) = silent().await;
    let (mut driver, store) = KadStore::builder().peer(PeerId::random(), address).build(None).unwrap();
    let options = Options::new().with_timeout(Duration::ZERO);
    assert!(store.put(b"key", "value".into(), &options).await.unwrap_err().is_timeout());
    assert!(store.get(b"key", &options).await.unwrap_err().is_timeout());
    // Twice: the call, and its cancellation.
    for queries in [1, 0, 1, 0] {
        let command = driver.commands.try_recv().unwrap();
        driver.obey(command);
        assert_eq!(kad(&mut driver).iter_queries().count(), queries);
    }
}

#[test]
fn a_node_that_has_stopped_fails_every_call() {
    let (node_runtime, own_runtime) = (Runtime::new().unwrap(), Runtime::new().unwrap());
    let (_listener, address) = own_runtime.block_on(silent());
    let alice = KadStore::builder().peer(PeerId::random(), address);
    let alice = node_runtime.block_on(alice.start()).unwrap();
    let under_way = own_runtime.spawn({
        let alice = alice.clone();
        async move { alice.get(b"key", &Options::new()).await }
    });
    // The get's command was sent before that of `listen_addresses`, so when this is answered, the get has begun.
    own_runtime.block_on(async {
        while alice.shared.calls.load(Ordering::Relaxed) == 0 {
            tokio::task::yield_now().await;
        }
        alice.listen_addresses().await.unwrap();
    });
    drop(node_runtime);

    own_runtime.block_on(async {
        let options = Options::new();
        let errors = [
            under_way.await.unwrap().unwrap_err(),
            alice.get(b"key", &options).await.unwrap_err(),
            alice.put(b"key", "value".into(), &options).await.unwrap_err(),
            alice.listen_addresses().await.unwrap_err(),
            alice.announce(any_port()).unwrap_err(),
            alice.add_peer(PeerId::random(), any_port()).unwrap_err(),
        ];
        for error in errors {
            assert!(matches!(query_error(error), QueryError::Stopped));
        }
    });
}
