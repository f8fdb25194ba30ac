//! Many nodes in this process.

use std::collections::HashSet;
use std::time::Duration;

use value_store::stores::KadStore;
use value_store::stores::kad::libp2p::PeerId;
use value_store::stores::kad::libp2p::kad::K_VALUE;
use value_store::{Options, ValueStore};

use crate::hops::{self, Tables};

/// The nodes look at the network when they join, and not again while the bench runs. None passes on what it holds.
const NEVER: Duration = Duration::from_secs(24 * 60 * 60);

pub(crate) struct Network {
    nodes: Vec<KadStore>,
    lot: fastrand::Rng,
}

impl Default for Network {
    fn default() -> Self {
        Self { nodes: Vec::new(), lot: fastrand::Rng::with_seed(1) }
    }
}

impl Network {
    pub(crate) fn len(&self) -> usize {
        self.nodes.len()
    }

    /// The key of this number. Each size has keys of its own.
    pub(crate) fn key(&self, number: usize) -> Vec<u8> {
        format!("{number} of {}", self.len()).into_bytes()
    }

    fn value(&self, number: usize) -> Vec<u8> {
        format!("value {number} of {}", self.len()).into_bytes()
    }

    /// Starts so many nodes more, and waits until all have met.
    pub(crate) async fn grow(&mut self, nodes: usize) {
        for _ in 0..nodes {
            let mut node = KadStore::builder().listen_on("/memory/0".parse().expect("it is an address"));
            node = node.refresh_every(NEVER).replicate_every(None).default_timeout(Duration::from_secs(60));
            if !self.nodes.is_empty() {
                let at = self.draw();
                let known = &self.nodes[at];
                let address = known.listen_addresses().await.expect("it runs").remove(0);
                node = node.bootstrap(address.with_p2p(known.peer_id()).expect("it names no other peer"));
            }
            self.nodes.push(node.start().await.expect("a node in memory starts"));
        }
        self.wait_until_all_have_met().await;
    }

    /// Until for two seconds next to nobody has learnt of anybody: routing tables are never quite at rest.
    async fn wait_until_all_have_met(&self) {
        let (mut entries, mut unchanged) = (0, 0);
        while unchanged < 4 {
            tokio::time::sleep(Duration::from_millis(500)).await;
            let now: usize = self.tables().await.values().map(Vec::len).sum();
            unchanged = if now.abs_diff(entries) <= entries / 1_000 { unchanged + 1 } else { 0 };
            entries = now;
        }
    }

    /// Nodes leave without a word, so many in a hundred, and as many come.
    pub(crate) async fn replace(&mut self, share: usize) {
        let count = self.nodes.len() * share / 100;
        self.lot.shuffle(&mut self.nodes);
        self.nodes.drain(..count);
        if count > 0 {
            self.grow(count).await;
        }
    }

    pub(crate) fn draw(&mut self) -> usize {
        self.lot.usize(..self.nodes.len())
    }

    /// A node that is none of these.
    pub(crate) fn draw_but(&mut self, these: &HashSet<PeerId>) -> usize {
        loop {
            let node = self.draw();
            if !these.contains(&self.id(node)) {
                return node;
            }
        }
    }

    pub(crate) fn id(&self, node: usize) -> PeerId {
        self.nodes[node].peer_id()
    }

    pub(crate) async fn put(&self, node: usize, number: usize) {
        self.nodes[node]
            .put(&self.key(number), self.value(number).into(), &Options::new())
            .await
            .expect("the nodes take a value");
    }

    /// Whether the node finds the value of this number.
    pub(crate) async fn get(&self, node: usize, number: usize) -> bool {
        let found = self.nodes[node].get(&self.key(number), &Options::new()).await;
        found.is_ok_and(|found| found.val == self.value(number))
    }

    pub(crate) async fn tables(&self) -> Tables {
        let mut tables = Tables::new();
        for node in &self.nodes {
            let peers = node.peers().await.expect("it runs");
            tables.insert(node.peer_id(), peers.into_iter().map(|(peer, _)| peer).collect());
        }
        tables
    }

    /// The nodes nearest to this key. A put that has found them all has sent them its value.
    pub(crate) fn nearest(&self, key: &[u8]) -> HashSet<PeerId> {
        let mut nodes: Vec<_> = self.nodes.iter().map(KadStore::peer_id).collect();
        hops::sort(&mut nodes, key);
        nodes.into_iter().take(K_VALUE.get()).collect()
    }
}
