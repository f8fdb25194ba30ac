//! The suite on nodes whose values are all held by peers in JavaScript.

use std::error::Error;
use std::net::Ipv4Addr;

use value_store::stores::KadStore;
use value_store::stores::kad::libp2p::multiaddr::{Multiaddr, Protocol};
use value_store::{Context, value_store_tests};

use crate::network::{Peer, RECORDS, lasting_process, new_protocol, node};

const PEERS: usize = 3;

/// The longest value is what fits into an answer of js-libp2p (see `limits.rs`) beside a key.
#[value_store_tests(
    shared,
    faults,
    records = RECORDS,
    max_key_len = 1_024,
    max_value_len = 258_048,
    skip(records::newest_of_several_wins = "js-libp2p keeps the record that comes last, also where it has a newer one")
)]
#[cfg_attr(not(node), ignore = "needs Node.js 20 or later, with npm, when it is built")]
async fn over_javascript(context: &Context) -> Result<KadStore, Box<dyn Error>> {
    let network = context.share(async || Network::start(context).await).await?;
    network.client().await
}

/// The network of one world. All its peers are in JavaScript.
struct Network {
    protocol: String,
    peers: Vec<(Peer, Multiaddr)>,
}

impl Network {
    async fn start(context: &Context) -> Result<Self, Box<dyn Error>> {
        let (protocol, process) = (new_protocol(), lasting_process());
        let mut peers = Vec::with_capacity(PEERS);
        for _ in 0..PEERS {
            let peer = Peer::start(&process, &protocol).await?;
            context.member(peer.id);
            let link = link(context, &peer.address)?;
            peer.announce(&link).await?;
            peers.push((peer, link));
        }
        Ok(Self { protocol, peers })
    }

    /// A node that listens nowhere, so that no peer can store anything at it.
    async fn client(&self) -> Result<KadStore, Box<dyn Error>> {
        let peers = self.peers.iter();
        let client = peers.fold(node(&self.protocol), |node, (peer, address)| node.peer(peer.id, address.clone()));
        Ok(client.start().await?)
    }
}

/// The address of a link to the peer that listens on this address.
fn link(context: &Context, listening: &Multiaddr) -> Result<Multiaddr, Box<dyn Error>> {
    let port = listening.iter().find_map(|part| if let Protocol::Tcp(port) = part { Some(port) } else { None });
    let link = context.link((Ipv4Addr::LOCALHOST, port.ok_or("it listens on no port")?).into())?;
    Ok(Multiaddr::empty().with(Protocol::Ip4(Ipv4Addr::LOCALHOST)).with(Protocol::Tcp(link.port())))
}
