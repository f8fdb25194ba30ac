//! A cluster of Kademlia nodes.

use std::error::Error;
use std::net::Ipv4Addr;
use std::time::Duration;

use value_store::Context;
use value_store::stores::KadStore;
use value_store::stores::kad::Builder;
use value_store::stores::kad::libp2p::Multiaddr;
use value_store::stores::kad::libp2p::multiaddr::Protocol;

const NODES: usize = 5;

/// The longest key, in bytes.
const MAX_KEY_LEN: usize = 4 << 10;

/// The longest value, in bytes.
const MAX_VALUE_LEN: usize = 1 << 20;

/// Starts five nodes that know each other, over TCP on loopback. All are members of this world, and reach each other through
/// its links.
///
/// # Errors
///
/// When the system has no free port for a node or for a link to it.
pub async fn start(context: &Context) -> Result<Vec<KadStore>, Box<dyn Error>> {
    start_with(context, |_, node| node).await
}

/// [Starts](start) nodes that keep their records in files of this world's directory. After a restart they are the same nodes.
///
/// # Errors
///
/// As [`start`], and when a file cannot be opened.
pub async fn start_with_files(context: &Context) -> Result<Vec<KadStore>, Box<dyn Error>> {
    let directory = context.dir();
    start_with(context, |number, node| node.file(directory.join(format!("{number}.redb")))).await
}

/// As [`start`], of nodes with further settings. Each has its number.
///
/// # Errors
///
/// As for [`start`].
pub async fn start_with(
    context: &Context,
    settings: impl Fn(usize, Builder) -> Builder,
) -> Result<Vec<KadStore>, Box<dyn Error>> {
    let mut nodes: Vec<KadStore> = Vec::with_capacity(NODES);
    let mut addresses = Vec::with_capacity(NODES);
    for number in 0..NODES {
        let node = KadStore::builder()
            .listen_on("/ip4/127.0.0.1/tcp/0".parse()?)
            .max_key_len(MAX_KEY_LEN)
            .max_value_len(MAX_VALUE_LEN)
            .max_records(16 << 10)
            // All nodes share this machine: when it is busy, all of them wait.
            .peer_timeout(Duration::from_secs(60));
        let node = settings(number, node).start().await?;
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
    Ok(nodes)
}

/// The address at which the other nodes reach this one: that of a link, which the suite can interrupt.
fn dialled(context: &Context, listening: &Multiaddr) -> Result<Multiaddr, Box<dyn Error>> {
    let port = listening.iter().find_map(|part| if let Protocol::Tcp(port) = part { Some(port) } else { None });
    let link = context.link((Ipv4Addr::LOCALHOST, port.ok_or("it listens on no port")?).into())?;
    Ok(Multiaddr::empty().with(Protocol::Ip4(Ipv4Addr::LOCALHOST)).with(Protocol::Tcp(link.port())))
}
