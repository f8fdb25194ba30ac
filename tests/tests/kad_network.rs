//! A network whose nodes leave one by one, while as many come.

use std::time::{Duration, Instant};

use value_store::stores::KadStore;
use value_store::{Options, ValueStore};

const NODES: usize = 10;
const VALUES: usize = 20;

/// How long nodes may take to meet, or a value to arrive at a new one. It should be a few rounds: this is for machines that are
/// busy.
const LONG: Duration = Duration::from_secs(120);

fn key(number: usize) -> Vec<u8> {
    format!("key {number}").into_bytes()
}

/// A node that knows these nodes, and learns of all others from them.
async fn join(known: &[&KadStore]) -> KadStore {
    let mut node = KadStore::builder()
        .listen_on("/ip4/127.0.0.1/tcp/0".parse().unwrap())
        .refresh_every(Duration::from_secs(1))
        .replicate_every(Duration::from_millis(500))
        .peer_timeout(Duration::from_secs(60));
    for known in known {
        let address = known.listen_addresses().await.unwrap().remove(0);
        node = node.bootstrap(address.with_p2p(known.peer_id()).unwrap());
    }
    node.start().await.unwrap()
}

/// Whether the node itself holds the value of this number.
async fn holds(node: &KadStore, number: usize) -> bool {
    let found = node.get(&key(number), &Options::new()).await;
    found.is_ok_and(|found| found.from == node.peer_id() && found.val == format!("value {number}"))
}

async fn eventually(what: &str, is_so: impl AsyncFn() -> bool) {
    let begun = Instant::now();
    while !is_so().await {
        assert!(begun.elapsed() < LONG, "not within {LONG:?}: {what}");
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn values_survive_when_all_nodes_that_first_held_them_have_left_and_as_many_have_come() {
    let mut nodes = vec![join(&[]).await];
    while nodes.len() < NODES {
        nodes.push(join(&[&nodes[0]]).await);
    }
    for number in 0..VALUES {
        let put = async || {
            let everywhere = Options::new().with("quorum", NODES - 1);
            nodes[number % NODES].put(&key(number), format!("value {number}").into(), &everywhere).await.is_ok()
        };
        eventually("all nodes have met, and take a value", put).await;
    }
    let first: Vec<_> = nodes.iter().map(KadStore::peer_id).collect();
    for _ in 0..NODES {
        let new = join(&[&nodes[1], &nodes[2]]).await;
        for number in 0..VALUES {
            eventually(&format!("value {number} has arrived at the new node"), async || holds(&new, number).await)
                .await;
        }
        nodes.push(new);
        drop(nodes.remove(0));
    }
    let client = KadStore::builder().peer_timeout(Duration::from_secs(60)).start().await.unwrap();
    for node in &nodes {
        assert!(!first.contains(&node.peer_id()));
        client.add_peer(node.peer_id(), node.listen_addresses().await.unwrap().remove(0)).unwrap();
    }
    for number in 0..VALUES {
        let found = client.get(&key(number), &Options::new()).await.unwrap();
        assert_eq!(found.val, format!("value {number}"));
        assert!(nodes.iter().any(|node| node.peer_id() == found.from));
    }
}
