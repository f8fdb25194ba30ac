//! Nodes among each other, on loopback. What every store promises is tested by the suite.

mod faults;
#[cfg(feature = "redb")]
mod files;
mod peer;
mod quorums;
mod upkeep;
mod validation;

use std::sync::mpsc;
use std::time::Duration;

use bytes::Bytes;
use libp2p::identity::Keypair;
use libp2p::kad::store::RecordStore;
use libp2p::kad::{Record, RecordKey};
use libp2p::swarm::NetworkBehaviour;
use libp2p::{Multiaddr, PeerId, ping};
use serde_json::json;
use tokio::net::TcpListener;
use tokio::sync::oneshot;

use super::command::Command;
use super::driver::Driver;
use super::swarm::Kad;
use super::{Builder, KadStore, QueryError, Quorum, Validator};
use crate::{Error, Options, ValueStore};
use peer::{Peer, any_port};

/// A node that waits for its peers as long as a call may take, since all of them share this machine.
fn patient() -> Builder {
    KadStore::builder().peer_timeout(Duration::from_secs(60))
}

/// A node that listens on a free port of loopback.
async fn node() -> KadStore {
    patient().listen_on(any_port()).start().await.unwrap()
}

/// A node that knows these nodes and listens nowhere, so that it holds no copies.
async fn client_of(nodes: &[&KadStore]) -> KadStore {
    let client = patient().start().await.unwrap();
    know(&client, nodes).await;
    client
}

async fn know(node: &KadStore, peers: &[&KadStore]) {
    for peer in peers {
        node.add_peer(peer.peer_id(), address(peer).await).unwrap();
    }
}

async fn address(node: &KadStore) -> Multiaddr {
    node.listen_addresses().await.unwrap().remove(0)
}

fn kad<B: NetworkBehaviour>(driver: &mut Driver<B>) -> &mut Kad {
    &mut driver.swarm.behaviour_mut().kad
}

fn query_error(error: Error) -> QueryError {
    match error {
        Error::Backend(source) => *source.downcast().expect("a query error"),
        other => panic!("not an error of a query: {other}"),
    }
}

#[tokio::test]
async fn a_value_is_from_the_peer_that_served_it_or_from_the_node_that_holds_it() {
    let (alice, bob, options) = (node().await, node().await, Options::new());
    know(&bob, &[&alice]).await;
    let carol = client_of(&[&alice]).await;
    bob.put(b"key", "value".into(), &options).await.unwrap();
    for node in [&alice, &bob] {
        assert_eq!(node.get(b"key", &options).await.unwrap().from, node.peer_id());
    }
    let from = carol.get(b"key", &options).await.unwrap().from;
    assert!([alice.peer_id(), bob.peer_id()].contains(&from));
}

#[tokio::test]
async fn a_value_of_the_greatest_length_works_between_peers_and_one_byte_more_is_refused() {
    let (alice, options) = (node().await, Options::new());
    let (bob, carol) = (client_of(&[&alice]).await, client_of(&[&alice]).await);
    let (key, longest) = ([7; 4 << 10], Bytes::from(vec![7; 1 << 20]));
    bob.put(&key, longest.clone(), &options).await.unwrap();
    assert_eq!(carol.get(&key, &options).await.unwrap().val, longest);

    let longer = [&longest[..], b"x"].concat();
    assert!(bob.put(&key, longer.into(), &options).await.unwrap_err().is_invalid_value());
    assert!(bob.put(&[7; (4 << 10) + 1], "value".into(), &options).await.unwrap_err().is_invalid_key());
    assert_eq!(carol.get(&key, &options).await.unwrap().val, longest);
}

#[tokio::test]
async fn the_peers_of_a_node_are_those_in_its_routing_table() {
    let alice = node().await;
    let bob = client_of(&[&alice]).await;
    let peers = bob.peers().await.unwrap();
    let [(peer, addresses)] = &peers[..] else { panic!("{peers:?}") };
    // Kad may add the id to an address.
    let address = address(&alice).await;
    assert_eq!((*peer, addresses.len()), (alice.peer_id(), 1));
    assert!(addresses[0] == address || addresses[0] == address.with_p2p(*peer).unwrap());
    assert_eq!(alice.peers().await.unwrap(), []);
}

#[tokio::test]
async fn nodes_of_one_process_meet_in_memory() {
    let in_memory = || patient().listen_on("/memory/0".parse().unwrap());
    let alice = in_memory().start().await.unwrap();
    let bob = in_memory().peer(alice.peer_id(), address(&alice).await).start().await.unwrap();
    bob.put(b"key", "value".into(), &Options::new()).await.unwrap();
    assert_eq!(alice.get(b"key", &Options::new()).await.unwrap().val, "value");
}

#[tokio::test]
async fn a_node_learns_of_peers_that_it_was_not_told_of() {
    let (alice, options) = (node().await, Options::new());
    let bob = node().await;
    know(&bob, &[&alice]).await;
    bob.put(b"greeting", "hello".into(), &options).await.unwrap();
    let (carol, quorum) = (client_of(&[&alice]).await, options.clone().with("quorum", 2));
    // Bob tells Alice where it listens beside its put, which does not wait for that.
    while let Err(error) = carol.put(b"key", "value".into(), &quorum).await {
        let error = query_error(error);
        assert!(matches!(error, QueryError::NotStored { found: 1, .. }), "{error}");
    }
    assert_eq!(bob.get(b"key", &options).await.unwrap().from, bob.peer_id());
}

#[tokio::test]
async fn a_record_that_the_node_holds_is_given_without_a_query() {
    let (mut driver, _store) = patient().build(None).unwrap();
    let key = RecordKey::new(b"key");
    kad(&mut driver).store_mut().put(Record::new(key.clone(), b"value".into())).unwrap();
    let (reply, answer) = oneshot::channel();
    driver.obey(Command::Get { id: 1, key, quorum: Quorum::One, reply });
    assert_eq!(kad(&mut driver).iter_queries().count(), 0);
    assert_eq!(answer.await.unwrap().unwrap().val, "value");
}

/// Two seconds is the shortest time that a record may have.
#[tokio::test]
async fn a_record_expires_at_the_peers_and_at_the_node_that_put_it() {
    let (alice, options) = (node().await, Options::new());
    let bob = patient().peer(alice.peer_id(), address(&alice).await).record_ttl(Duration::ZERO).start().await.unwrap();
    bob.put(b"key", "value".into(), &options).await.unwrap();
    tokio::time::sleep(Duration::from_secs(2)).await;
    assert!(bob.get(b"key", &options).await.unwrap_err().is_not_found());
}

#[tokio::test]
async fn dropping_the_last_handle_closes_the_sockets() {
    let alice = node().await;
    let (clone, address) = (alice.clone(), address(&alice).await);
    drop(alice);
    let port = address.iter().find_map(|part| match part {
        libp2p::multiaddr::Protocol::Tcp(port) => Some(port),
        _ => None,
    });
    let port = port.unwrap();
    assert!(clone.listen_addresses().await.is_ok());
    TcpListener::bind(("127.0.0.1", port)).await.unwrap_err();

    drop(clone);
    // The node is a task: it ends when the runtime gets to it.
    while TcpListener::bind(("127.0.0.1", port)).await.is_err() {
        tokio::task::yield_now().await;
    }
}

#[tokio::test]
async fn an_address_that_cannot_be_listened_on_is_named() {
    let taken = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address: Multiaddr = format!("/ip4/127.0.0.1/tcp/{}", taken.local_addr().unwrap().port()).parse().unwrap();
    let error = KadStore::builder().listen_on(address.clone()).start().await.unwrap_err();
    assert!(error.to_string().contains(&address.to_string()), "{error}");
}

/// Libp2p would share the port, and each node would get some of the connections to the other.
#[tokio::test]
async fn two_nodes_cannot_listen_on_one_address() {
    let alice = node().await;
    let address = address(&alice).await;
    let error = patient().listen_on(address.clone()).start().await.unwrap_err();
    assert!(error.to_string().contains(&address.to_string()), "{error}");
}

#[tokio::test]
async fn the_longest_durations_and_the_greatest_limits_are_taken() {
    let boundless = || {
        let builder = KadStore::builder().listen_on(any_port()).default_timeout(Duration::MAX);
        let builder =
            builder.refresh_every(Duration::MAX).replicate_every(Duration::MAX).republish_every(Duration::MAX);
        builder.peer_timeout(Duration::MAX).record_ttl(Duration::MAX).max_key_len(usize::MAX).max_value_len(usize::MAX)
    };
    let alice = boundless().start().await.unwrap();
    let bob = boundless().peer(alice.peer_id(), address(&alice).await).start().await.unwrap();
    bob.put(b"key", "value".into(), &Options::new()).await.unwrap();
    assert_eq!(alice.get(b"key", &Options::new()).await.unwrap().val, "value");
}

#[tokio::test]
async fn a_protocol_name_without_a_slash_is_named() {
    let error = KadStore::builder().protocol("kad").start().await.unwrap_err();
    assert!(error.to_string().contains("kad"), "{error}");
}

#[tokio::test]
async fn peers_are_told_of_the_announced_address_alone() {
    let (alice, options) = (node().await, Options::new());
    let announced: Multiaddr = "/ip4/192.0.2.1/tcp/1".parse().unwrap();
    alice.announce(announced.clone()).unwrap();
    let (told, tells) = mpsc::channel();
    let identify =
        libp2p::identify::Config::new("/test/1.0.0".into(), libp2p::identity::Keypair::generate_ed25519().public());
    let bob = patient().peer(alice.peer_id(), address(&alice).await);
    let bob = bob.behaviour(libp2p::identify::Behaviour::new(identify), move |event| {
        if let libp2p::identify::Event::Received { info, .. } = event {
            told.send(info.listen_addrs).unwrap();
        }
    });
    let bob = bob.start().await.unwrap();
    bob.put(b"key", "value".into(), &options).await.unwrap();
    let addresses = loop {
        match tells.try_recv() {
            Ok(addresses) => break addresses,
            Err(_) => tokio::task::yield_now().await,
        }
    };
    assert_eq!(addresses, [announced]);
}

#[tokio::test]
async fn a_behaviour_of_the_users_own_runs_over_the_same_connections() {
    let (alice, options) = (node().await, Options::new());
    let (told, tells) = mpsc::channel();
    let bob = patient().peer(alice.peer_id(), address(&alice).await);
    let often = ping::Behaviour::new(ping::Config::new().with_interval(Duration::from_millis(10)));
    // The test may have ended before the next ping.
    let bob = bob.behaviour(often, move |event: ping::Event| {
        let _ = told.send(event.peer);
    });
    let bob = bob.start().await.unwrap();
    bob.put(b"key", "value".into(), &options).await.unwrap();
    let peer = loop {
        match tells.try_recv() {
            Ok(peer) => break peer,
            Err(_) => tokio::task::yield_now().await,
        }
    };
    assert_eq!(peer, alice.peer_id());
}
