//! The suite on a cluster of Kademlia nodes.

use std::error::Error;
use std::net::Ipv4Addr;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use value_store::stores::KadStore;
use value_store::stores::kad::libp2p::Multiaddr;
use value_store::stores::kad::libp2p::multiaddr::Protocol;
use value_store::{Context, value_store_tests};

const NODES: usize = 5;

const MAX_KEY_LEN: usize = 4 << 10;
const MAX_VALUE_LEN: usize = 1 << 20;

#[value_store_tests(shared, faults, max_key_len = 4_096, max_value_len = 1_048_576)]
async fn cluster(context: &Context) -> Result<KadStore, Box<dyn Error>> {
    let cluster = context.share(async || Cluster::start(context).await).await?;
    Ok(cluster.next())
}

/// Nodes that know each other, over TCP on loopback.
struct Cluster {
    nodes: Vec<KadStore>,
    handles: AtomicUsize,
}

impl Cluster {
    async fn start(context: &Context) -> Result<Self, Box<dyn Error>> {
        let mut nodes: Vec<KadStore> = Vec::with_capacity(NODES);
        let mut addresses = Vec::with_capacity(NODES);
        for _ in 0..NODES {
            let node = KadStore::builder()
                .listen_on("/ip4/127.0.0.1/tcp/0".parse()?)
                .max_key_len(MAX_KEY_LEN)
                .max_value_len(MAX_VALUE_LEN)
                .max_records(16 << 10)
                // All nodes share this machine, and what else keeps it busy may keep all of them waiting.
                .peer_timeout(Duration::from_secs(60));
            let node = node.start().await?;
            context.member(node.peer_id());
            let address = dialled(context, &node.listen_addresses().await?.remove(0))?;
            node.announce(address.clone())?;
            addresses.push(address);
            nodes.push(node);
        }
        for node in &nodes {
            for (peer, address) in nodes.iter().zip(&addresses).filter(|(peer, _)| peer.peer_id() != node.peer_id()) {
                node.add_peer(peer.peer_id(), address.clone())?;
            }
        }
        Ok(Self { nodes, handles: AtomicUsize::new(0) })
    }

    /// Another node at each call.
    fn next(&self) -> KadStore {
        self.nodes[self.handles.fetch_add(1, Ordering::Relaxed) % NODES].clone()
    }
}

/// The address under which the other nodes reach the one that listens on this address: a link, which the suite can interrupt.
fn dialled(context: &Context, listening: &Multiaddr) -> Result<Multiaddr, Box<dyn Error>> {
    let port = listening.iter().find_map(|part| if let Protocol::Tcp(port) = part { Some(port) } else { None });
    let link = context.link((Ipv4Addr::LOCALHOST, port.ok_or("it listens on no port")?).into())?;
    Ok(Multiaddr::empty().with(Protocol::Ip4(Ipv4Addr::LOCALHOST)).with(Protocol::Tcp(link.port())))
}
