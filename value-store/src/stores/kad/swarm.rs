//! The swarm that a node is: its transport, and the behaviours that run over it.

use std::convert::Infallible;
use std::time::Duration;

use libp2p::core::muxing::StreamMuxerBox;
use libp2p::core::transport::{Boxed, Transport};
use libp2p::core::upgrade::Version;
use libp2p::identity::Keypair;
use libp2p::kad::store::{MemoryStore, MemoryStoreConfig};
use libp2p::kad::{Caching, Mode, StoreInserts};
use libp2p::swarm::{NetworkBehaviour, Swarm};
use libp2p::{PeerId, StreamProtocol, SwarmBuilder, identify, kad, noise, ping, tcp, yamux};

use super::error::StartError;
use super::records::Rules;
use super::settings::Settings;

/// How many peers a lookup finds at most: `k` in Kademlia.
pub(super) const MAX_PEERS: u16 = 20;

/// How long a connection is kept that nothing uses: the next call finds it open, or has to shake hands again.
const IDLE: Duration = Duration::from_secs(60);

/// What a message may have beside its key, twice, and its value: twenty peers with many addresses.
const PEERS_IN_A_MESSAGE: usize = 64 << 10;

pub(super) type Kad = kad::Behaviour<MemoryStore>;

#[derive(NetworkBehaviour)]
#[behaviour(prelude = "libp2p::swarm::derive_prelude")]
pub(super) struct Behaviour<B: NetworkBehaviour> {
    pub(super) kad: Kad,
    /// Peers learn from it which protocols this node speaks, and where it listens: those of other implementations take no
    /// node into their routing tables without it.
    pub(super) identify: identify::Behaviour,
    /// Some of them ping a node before that, too.
    pub(super) ping: ping::Behaviour,
    pub(super) user: B,
}

/// Makes the swarm of a node, with a behaviour of the user's own in it.
pub(super) fn swarm<B: NetworkBehaviour + Send>(
    settings: &Settings,
    rules: &Rules,
    key_pair: Keypair,
    protocol: StreamProtocol,
    user: B,
) -> Result<Swarm<Behaviour<B>>, StartError> {
    let kad = kad(settings, rules, key_pair.public().to_peer_id(), protocol);
    // What peers are told is where this node is reached, which is where it listens only if nothing else is announced.
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

fn kad(settings: &Settings, rules: &Rules, local: PeerId, protocol: StreamProtocol) -> Kad {
    let mut config = kad::Config::new(protocol);
    let max_record_len = rules.max_key_len.saturating_mul(2).saturating_add(rules.max_value_len);
    config
        .set_max_packet_size(max_record_len.saturating_add(PEERS_IN_A_MESSAGE))
        .set_record_ttl(Some(settings.record_ttl))
        .set_substreams_timeout(settings.peer_timeout)
        // Kad looks at this one only now and then, and reports that nothing was found when it has passed. A call's
        // timeout is kept by its caller.
        .set_query_timeout(Duration::MAX)
        // The driver decides what to keep of what peers push. A record store that returns errors could do the same, and
        // tell the peer; but in libp2p-kad 0.49 that leaves a stream behind, and the 32nd ends all that a peer may ask
        // over its connection.
        .set_record_filtering(StoreInserts::FilterBoth)
        // All peers that answered a get and had no record are wanted, and not only the closest.
        .set_caching(Caching::Enabled { max_peers: MAX_PEERS })
        // No node passes on records on its own account: without an order among values it cannot know whether its copy
        // is the newest, and its peers could not refuse an old one.
        .set_replication_interval(None)
        .set_publication_interval(None);
    // The driver keeps to the limit of lengths. That of the memory store is one byte less than what it is told.
    let limits = MemoryStoreConfig {
        max_records: rules.max_records,
        max_value_bytes: usize::MAX,
        ..MemoryStoreConfig::default()
    };
    let store = MemoryStore::with_config(local, limits);
    let mut kad = kad::Behaviour::with_config(local, store, config);
    // Left to itself, kad waits for proof that this node can be reached, and serves no records until then.
    kad.set_mode(Some(if settings.listen_on.is_empty() { Mode::Client } else { Mode::Server }));
    kad
}

/// TCP, secured and multiplexed. A node that dials waits until its peer has agreed to each of these, which takes two round trips
/// more than what libp2p has by default, where the first requests are sent along with the question. Js-libp2p has no place
/// for them yet, and gives up the connection when there are more than ten.
fn transport(key_pair: &Keypair) -> Result<Boxed<(PeerId, StreamMuxerBox)>, noise::Error> {
    let tcp = tcp::tokio::Transport::new(tcp::Config::default()).upgrade(Version::V1);
    Ok(tcp.authenticate(noise::Config::new(key_pair)?).multiplex(yamux::Config::default()).boxed())
}
