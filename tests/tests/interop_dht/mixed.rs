//! A DHT of both kinds of peers: each reads what the other puts.

use std::collections::BTreeSet;

use value_store::conformance::records::Records as _;
use value_store::stores::KadStore;
use value_store::stores::kad::libp2p::PeerId;
use value_store::stores::kad::libp2p::kad::KBucketKey;
use value_store::{Bytes, Options, ValueStore};

use crate::network::{Peer, RECORDS, address, any_port, client_of, lasting_process, new_protocol, node};

/// Two nodes of this project and two peers in JavaScript, which all know each other, and a client, which holds no records.
struct Mixed {
    nodes: [KadStore; 2],
    peers: [Peer; 2],
    client: KadStore,
}

impl Mixed {
    async fn start() -> Self {
        let (protocol, process) = (new_protocol(), lasting_process());
        let peers = [Peer::start(&process, &protocol).await.unwrap(), Peer::start(&process, &protocol).await.unwrap()];
        peers[0].meet(peers[1].id, &peers[1].address).await.unwrap();
        peers[1].meet(peers[0].id, &peers[0].address).await.unwrap();
        let client = client_of(&protocol, &[&peers[0], &peers[1]]).await;
        let start = async || node(&protocol).listen_on(any_port()).start().await.unwrap();
        let nodes = [start().await, start().await];
        for (node, other) in [(&nodes[0], &nodes[1]), (&nodes[1], &nodes[0])] {
            for peer in &peers {
                peer.meet(node.peer_id(), &address(node).await).await.unwrap();
                node.add_peer(peer.id, peer.address.clone()).unwrap();
            }
            node.add_peer(other.peer_id(), address(other).await).unwrap();
            client.add_peer(node.peer_id(), address(node).await).unwrap();
        }
        Self { nodes, peers, client }
    }

    /// All that hold records.
    fn ids(&self) -> BTreeSet<PeerId> {
        let nodes = self.nodes.iter().map(KadStore::peer_id);
        nodes.chain(self.peers.iter().map(|peer| peer.id)).collect()
    }

    /// Expects that all read this value under this key.
    async fn expect(&self, key: &Bytes, value: &Bytes) {
        for node in self.nodes.iter().chain([&self.client]) {
            for quorum in ["one", "all"] {
                let found = node.get(key, &Options::new().with("quorum", quorum)).await.unwrap();
                assert!(found.val == *value && self.ids().contains(&found.from), "{found:?}");
            }
        }
        for peer in &self.peers {
            let found = peer.get(key).await.unwrap();
            assert!(found.val == *value && self.ids().contains(&found.from), "{found:?}");
            assert_eq!(peer.held(key).await.as_ref(), Some(value));
        }
    }
}

#[tokio::test]
#[cfg_attr(not(node), ignore = "needs Node.js 20 or later, with npm, when it is built")]
async fn what_one_kind_puts_the_other_reads_and_replaces() {
    let (mixed, options) = (Mixed::start().await, Options::new());
    let every_byte: Vec<u8> = (0..=255).collect();
    for name in [&b"name"[..], b"", b"/", b"a/../b", "n\u{e9}".as_bytes(), b"\0", b"\xff\xfe\xc3(", &every_byte] {
        let key = RECORDS.key(name);
        for (version, content) in (1..).zip([&b"text"[..], &every_byte, b""]) {
            let value = RECORDS.value(name, version, content);
            match version {
                1 => mixed.nodes[0].put(&key, value.clone(), &options).await.unwrap(),
                2 => mixed.client.put(&key, value.clone(), &options).await.unwrap(),
                _ => {
                    let mut others = mixed.ids();
                    others.remove(&mixed.peers[0].id);
                    assert_eq!(mixed.peers[0].put(&key, &value).await, others);
                }
            }
            mixed.expect(&key, &value).await;
        }
    }
}

#[tokio::test]
#[cfg_attr(not(node), ignore = "needs Node.js 20 or later, with npm, when it is built")]
async fn what_nobody_put_is_missing_for_both() {
    let mixed = Mixed::start().await;
    mixed.client.put(&RECORDS.key(b"name"), RECORDS.value(b"name", 1, b"text"), &Options::new()).await.unwrap();
    for name in [&b"Name"[..], b"name ", b"nam", b"\xff"] {
        let key = RECORDS.key(name);
        for node in mixed.nodes.iter().chain([&mixed.client]) {
            let error = node.get(&key, &Options::new()).await.unwrap_err();
            assert!(error.is_not_found(), "{error}");
        }
        for peer in &mixed.peers {
            assert_eq!(peer.get(&key).await, None);
        }
    }
}

#[tokio::test]
#[cfg_attr(not(node), ignore = "needs Node.js 20 or later, with npm, when it is built")]
async fn each_kind_learns_of_peers_from_the_other() {
    let (protocol, process) = (new_protocol(), lasting_process());
    let peers = [Peer::start(&process, &protocol).await.unwrap(), Peer::start(&process, &protocol).await.unwrap()];
    peers[0].meet(peers[1].id, &peers[1].address).await.unwrap();
    let (key, value) = (RECORDS.key(b"name"), RECORDS.value(b"name", 1, b"text"));
    let client = client_of(&protocol, &[&peers[0]]).await;
    client.put(&key, value.clone(), &Options::new().with("quorum", 2)).await.unwrap();
    assert_eq!(peers[1].held(&key).await, Some(value));

    let protocol = new_protocol();
    let first = node(&protocol).listen_on(any_port()).start().await.unwrap();
    let second = node(&protocol).listen_on(any_port()).start().await.unwrap();
    first.add_peer(second.peer_id(), address(&second).await).unwrap();
    let peer = Peer::start(&process, &protocol).await.unwrap();
    peer.meet(first.peer_id(), &address(&first).await).await.unwrap();
    // A peer goes on only to peers that are closer to the key than the one that named them.
    let distance = |node: &KadStore, key: &[u8]| KBucketKey::new(key).distance(&KBucketKey::from(node.peer_id()));
    let mut names = (0..=255).map(|name| [name]);
    let name = names.find(|name| {
        let key = RECORDS.key(name);
        distance(&second, &key) < distance(&first, &key)
    });
    let name = name.unwrap();
    let stored = peer.put(&RECORDS.key(&name), &RECORDS.value(&name, 1, b"text")).await;
    assert_eq!(stored, [first.peer_id(), second.peer_id()].into());
}
