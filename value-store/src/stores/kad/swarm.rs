//! The swarm of a node: its transport, and the behaviours that run over it.

use std::convert::Infallible;
use std::time::Duration;

use libp2p::core::muxing::StreamMuxerBox;
use libp2p::core::transport::{Boxed, MemoryTransport, Transport};
use libp2p::core::upgrade::Version;
use libp2p::identity::Keypair;
use libp2p::kad::{Caching, Mode, StoreInserts};
use libp2p::multiaddr::Protocol;
use libp2p::swarm::{NetworkBehaviour, Swarm};
use libp2p::{Multiaddr, PeerId, StreamProtocol, SwarmBuilder, identify, kad, noise, ping, tcp, yamux};

use super::acknowledged::AcknowledgedOnDisk;
use super::error::StartError;
use super::records::Records;
use super::rules::Rules;
use super::settings::Settings;

/// How many peers a lookup finds at most: Kademlia's `k`.
pub(super) const MAX_PEERS: u16 = 20;

/// How long an idle connection stays open. After that, the next call has to shake hands again.
const IDLE: Duration = Duration::from_secs(60);

/// Room in a message beside its key, which it has twice, and its value: for twenty peers with many addresses.
const PEERS_IN_A_MESSAGE: usize = 64 << 10;

pub(super) type Kad = kad::Behaviour<Records>;

#[derive(NetworkBehaviour)]
#[behaviour(prelude = "libp2p::swarm::derive_prelude")]
pub(super) struct Behaviour<B: NetworkBehaviour> {
    pub(super) kad: AcknowledgedOnDisk,
    /// Tells peers which protocols this node speaks, and where it listens. Peers of other implementations take no node
    /// into their routing tables without it.
    pub(super) identify: identify::Behaviour,
    /// Some of those peers also ping a node first.
    pub(super) ping: ping::Behaviour,
    pub(super) user: B,
}

/// Makes the swarm of a node, with the user's own behaviour in it.
pub(super) fn swarm<B: NetworkBehaviour + Send>(
    settings: &Settings,
    rules: &Rules,
    records: Records,
    key_pair: Keypair,
    protocol: StreamProtocol,
    user: B,
) -> Result<Swarm<Behaviour<B>>, StartError> {
    let kad = AcknowledgedOnDisk::new(kad(settings, rules, records, key_pair.public().to_peer_id(), protocol));
    // Peers are told the external addresses alone. The addresses that the node listens on are among these only until
    // one is announced.
    let identify = identify::Config::new(settings.protocol.clone(), key_pair.public()).with_hide_listen_addrs(true);
    let (identify, ping) = (identify::Behaviour::new(identify), ping::Behaviour::default());
    let transport = transport(&key_pair)?;
    let builder = SwarmBuilder::with_existing_identity(key_pair)
        .with_tokio()
        .with_other_transport(|_| transport)
        .unwrap_or_else(|never: Infallible| match never {})
        .with_behaviour(|_| Behaviour { kad, identify, ping, user })
        .unwrap_or_else(|never: Infallible| match never {})
        .with_swarm_config(|config| config.with_idle_connection_timeout(IDLE));
    Ok(builder.with_connection_timeout(settings.peer_timeout).build())
}

fn kad(settings: &Settings, rules: &Rules, mut records: Records, local: PeerId, protocol: StreamProtocol) -> Kad {
    let mut config = kad::Config::new(protocol);
    let max_record_len = rules.max_key_len.saturating_mul(2).saturating_add(rules.max_value_len);
    config
        .set_max_packet_size(max_record_len.saturating_add(PEERS_IN_A_MESSAGE))
        .set_record_ttl(Some(settings.record_ttl))
        .set_substreams_timeout(settings.peer_timeout)
        // Unlimited: kad checks this timeout only now and then, and reports that nothing was found when it has passed.
        // The caller keeps the timeout of its call.
        .set_query_timeout(Duration::MAX)
        // The driver decides which records that peers push are kept. A record store that returns errors could do that
        // too, and tell the peer. But in libp2p-kad 0.49, each such error leaves a stream behind, and after 32 of them
        // the peer can ask nothing more over its connection.
        .set_record_filtering(StoreInserts::FilterBoth)
        // A put needs all peers that answered its lookup without a record, and not only the closest of them.
        .set_caching(Caching::Enabled { max_peers: MAX_PEERS })
        .set_periodic_bootstrap_interval(Some(settings.refresh_interval))
        // The driver passes records on. Kad would do so without looking first: without an order among values, an old copy
        // of the publisher's own would replace what somebody else has put.
        .set_replication_interval(None)
        .set_publication_interval(None);
    records.set_max_records(rules.max_records);
    records.set_max_value_len(rules.max_value_len);
    let mut kad = kad::Behaviour::with_config(local, records, config);
    // Without this, kad serves no records until it has proof that this node can be reached.
    kad.set_mode(Some(if settings.listen_on.is_empty() { Mode::Client } else { Mode::Server }));
    kad
}

/// Whether the transport may dial this address. The peer's id may be at its end.
pub(super) fn can_dial(address: &Multiaddr) -> bool {
    let mut parts = address.iter();
    let is_known = match (parts.next(), parts.next()) {
        (Some(Protocol::Memory(_)), None | Some(Protocol::P2p(_))) => true,
        (Some(Protocol::Ip4(_) | Protocol::Ip6(_)), Some(Protocol::Tcp(_))) => {
            matches!(parts.next(), None | Some(Protocol::P2p(_)))
        }
        _ => false,
    };
    is_known && parts.next().is_none()
}

/// TCP, or memory between nodes of one process, secured and multiplexed.
///
/// A node that dials waits until its peer has agreed to each of these. That takes two round trips more than libp2p's
/// default (`V1Lazy`), which sends the first requests together with the question. Js-libp2p cannot take requests that
/// early, and closes the connection when there are more than ten.
fn transport(key_pair: &Keypair) -> Result<Boxed<(PeerId, StreamMuxerBox)>, noise::Error> {
    let tcp = tcp::tokio::Transport::new(tcp::Config::default());
    let either = tcp.or_transport(MemoryTransport::new()).upgrade(Version::V1);
    Ok(either.authenticate(noise::Config::new(key_pair)?).multiplex(yamux::Config::default()).boxed())
}
