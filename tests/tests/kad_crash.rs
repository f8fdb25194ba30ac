//! A node of a DHT is killed at some moment, while peers put to it. What it acknowledged must be there when it runs again.
//!
//! The node is this test binary again, which runs only the test `role`.

use std::collections::HashMap;
use std::io::{BufRead, BufReader};
use std::path::Path;
use std::process::Child;
use std::time::Duration;

use tokio::sync::mpsc::{UnboundedSender, unbounded_channel};
use value_store::stores::KadStore;
use value_store::stores::kad::libp2p::futures::future::join_all;
use value_store::stores::kad::libp2p::{Multiaddr, PeerId};
use value_store::{Options, ValueStore};
use value_store_tests::numbered::{number, value};
use value_store_tests::role::{self, say, start};

const KILLS: u64 = 50;
const PEERS: u64 = 2;
/// How many puts of a peer run at the same time, each to keys of its own.
const TASKS: u64 = 4;
/// The keys of each task. It puts to them in turn, so that some puts are of new keys and the others replace values.
const KEYS: u64 = 30;
/// More puts than one round makes. So a later round has greater numbers.
const ROUND: u64 = 1_000_000;

/// What was acknowledged: the highest number for each key.
type Acknowledged = HashMap<String, u64>;

#[tokio::test(flavor = "multi_thread")]
async fn nothing_acknowledged_is_lost_when_a_node_is_killed_while_peers_put() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("node.redb");
    let mut acknowledged = Acknowledged::new();
    for kill in 0..KILLS {
        let node = Node::start(&path);
        check(&node, &acknowledged).await;
        put_and_kill(node, kill, &mut acknowledged).await;
    }
    check(&Node::start(&path), &acknowledged).await;
}

/// The node, in a process of its own.
struct Node {
    process: Child,
    id: PeerId,
    address: Multiaddr,
}

impl Node {
    fn start(path: &Path) -> Self {
        let mut process = start("node", path);
        let mut lines = BufReader::new(process.stdout.as_mut().unwrap()).lines();
        let told = lines.find_map(|line| line.unwrap().strip_prefix("node ").map(str::to_owned));
        let told = told.expect("the node tells its id and where it listens");
        let (id, address) = told.split_once(' ').unwrap();
        Self { process, id: id.parse().unwrap(), address: address.parse().unwrap() }
    }

    /// A peer that listens nowhere, so that it holds no copies.
    async fn peer(&self) -> KadStore {
        let peer = KadStore::builder().peer(self.id, self.address.clone()).peer_timeout(Duration::from_secs(60));
        peer.start().await.unwrap()
    }
}

/// Kills the process.
impl Drop for Node {
    fn drop(&mut self) {
        self.process.kill().and_then(|()| self.process.wait()).unwrap();
    }
}

/// Has peers put, and kills the node as soon as some puts are acknowledged. Notes all that are.
async fn put_and_kill(node: Node, kill: u64, acknowledged: &mut Acknowledged) {
    let (acknowledge, mut notes) = unbounded_channel();
    for peer in 0..PEERS {
        let store = node.peer().await;
        for task in 0..TASKS {
            let (store, acknowledge) = (store.clone(), acknowledge.clone());
            tokio::spawn(
                async move { put_in_turn(&store, &format!("{peer}/{task}"), kill * ROUND, &acknowledge).await },
            );
        }
    }
    drop(acknowledge);
    let mut left = 1 + kill * 89 % 150;
    let mut node = Some(node);
    while let Some((key, number)) = notes.recv().await {
        left = left.saturating_sub(1);
        if left == 0 {
            node.take();
        }
        acknowledged.insert(key, number);
    }
    assert!(node.is_none(), "the peers' puts failed before the node was killed");
}

/// Puts until that fails, and notes what is acknowledged.
async fn put_in_turn(store: &KadStore, task: &str, first: u64, note: &UnboundedSender<(String, u64)>) {
    for number in first.. {
        let key = format!("{task}/{}", number % KEYS);
        if store.put(key.as_bytes(), value(number).into(), &Options::new()).await.is_err() {
            return;
        }
        note.send((key, number)).unwrap();
    }
}

/// A value may be newer than the last acknowledged one, if the node was killed before it could acknowledge the put. It is never
/// older.
async fn check(node: &Node, acknowledged: &Acknowledged) {
    let peer = &node.peer().await;
    let checks = acknowledged.iter().map(async |(key, expected)| {
        let found = peer.get(key.as_bytes(), &Options::new()).await.unwrap();
        assert!(number(&found.val) >= *expected, "{key} has {}, not {expected}", number(&found.val));
    });
    join_all(checks).await;
}

#[tokio::test]
#[ignore = "it is what the other test runs as a child process"]
async fn role() {
    let Some((role, path)) = role::of_this_process() else { return };
    assert_eq!(role, "node");
    let node = KadStore::builder().listen_on("/ip4/127.0.0.1/tcp/0".parse().unwrap()).file(path).start().await.unwrap();
    say(&format!("node {} {}", node.peer_id(), node.listen_addresses().await.unwrap()[0]));
    // Until it is killed, or its parent ends: then the input ends.
    tokio::task::spawn_blocking(|| std::io::stdin().read_line(&mut String::new())).await.unwrap().unwrap();
}
