//! What a node of the kad store costs, next to a libp2p swarm that one drives by hand: a task that makes kad's calls for others
//! and sends them the results.
//!
//! Each side is a cluster over TCP on loopback: two nodes that keep records, one that puts, and one that gets. The latter two
//! keep nothing, so that each get goes over the network. All nodes have the same configuration. Puts wait for both nodes that
//! keep records, and gets for the first answer.
//!
//!     cargo bench --package value-store-benches --features kad --bench kad

use std::collections::HashMap;
use std::num::NonZeroUsize;
use std::time::Duration;

use bytes::Bytes;
use tokio::sync::{mpsc, oneshot};
use value_store::stores::KadStore;
use value_store::stores::kad::libp2p::futures::StreamExt as _;
use value_store::stores::kad::libp2p::kad::store::{MemoryStore, MemoryStoreConfig};
use value_store::stores::kad::libp2p::kad::{GetRecordOk, Mode, QueryId, QueryResult, Quorum, Record};
use value_store::stores::kad::libp2p::swarm::{NetworkBehaviour, Swarm, SwarmEvent};
use value_store::stores::kad::libp2p::{self, Multiaddr, PeerId, StreamProtocol, SwarmBuilder};
use value_store::stores::kad::libp2p::{identify, kad, noise, ping, tcp, yamux};
use value_store_benches::interleaved::{Comparison, Engine, Store};

const KEEPERS: usize = 2;

fn main() {
    Comparison::from_args().run("kad", async || (Cluster::of_stores().await, Cluster::of_swarms().await));
}

/// A cluster: a node that puts, one that gets, and those that keep records.
#[derive(Clone)]
struct Cluster<N> {
    putting: N,
    getting: N,
    _keepers: Vec<N>,
}

impl<N: Engine> Engine for Cluster<N> {
    async fn put(&self, key: &[u8], value: Bytes) {
        self.putting.put(key, value).await;
    }

    async fn get(&self, key: &[u8]) -> Bytes {
        self.getting.get(key).await
    }
}

fn any_port() -> Multiaddr {
    "/ip4/127.0.0.1/tcp/0".parse().unwrap()
}

impl Cluster<Store<KadStore>> {
    async fn of_stores() -> Self {
        let (mut keepers, mut addresses) = (Vec::new(), Vec::new());
        for _ in 0..KEEPERS {
            let node = KadStore::builder().listen_on(any_port()).start().await.unwrap();
            addresses.push((node.peer_id(), node.listen_addresses().await.unwrap().remove(0)));
            keepers.push(Store(node));
        }
        let start = async || {
            let builder = KadStore::builder();
            let peers = addresses.iter().cloned();
            Store(peers.fold(builder, |builder, (peer, address)| builder.peer(peer, address)).start().await.unwrap())
        };
        for Store(keeper) in &keepers {
            for (peer, address) in addresses.iter().filter(|(peer, _)| *peer != keeper.peer_id()) {
                keeper.add_peer(*peer, address.clone()).unwrap();
            }
        }
        Self { putting: start().await, getting: start().await, _keepers: keepers }
    }
}

impl Cluster<Raw> {
    async fn of_swarms() -> Self {
        let mut swarms: Vec<_> = (0..KEEPERS).map(|_| swarm(Mode::Server)).collect();
        let mut addresses = Vec::new();
        for swarm in &mut swarms {
            swarm.listen_on(any_port()).unwrap();
            let address = loop {
                if let SwarmEvent::NewListenAddr { address, .. } = swarm.select_next_some().await {
                    break address;
                }
            };
            swarm.add_external_address(address.clone());
            addresses.push((*swarm.local_peer_id(), address));
        }
        let start = |mut swarm: Swarm<Behaviour>| {
            let local = *swarm.local_peer_id();
            for (peer, address) in addresses.iter().filter(|(peer, _)| *peer != local) {
                swarm.behaviour_mut().kad.add_address(peer, address.clone());
            }
            Raw::start(swarm)
        };
        let keepers = swarms.into_iter().map(start).collect();
        Self { putting: start(swarm(Mode::Client)), getting: start(swarm(Mode::Client)), _keepers: keepers }
    }
}

#[derive(NetworkBehaviour)]
#[behaviour(prelude = "libp2p::swarm::derive_prelude")]
struct Behaviour {
    kad: kad::Behaviour<MemoryStore>,
    identify: identify::Behaviour,
    ping: ping::Behaviour,
}

/// A swarm with the configuration of `KadStore`.
fn swarm(mode: Mode) -> Swarm<Behaviour> {
    let protocol = "/value-store/kad/1.0.0";
    let builder = SwarmBuilder::with_new_identity().with_tokio();
    let builder = builder.with_tcp(tcp::Config::default(), noise::Config::new, yamux::Config::default).unwrap();
    let behaviour = |key_pair: &libp2p::identity::Keypair| {
        let mut config = kad::Config::new(StreamProtocol::new(protocol));
        config.set_max_packet_size(2 << 20).set_replication_interval(None).set_publication_interval(None);
        let local = PeerId::from(key_pair.public());
        let limits = MemoryStoreConfig { max_records: 4 << 10, ..MemoryStoreConfig::default() };
        let mut kad = kad::Behaviour::with_config(local, MemoryStore::with_config(local, limits), config);
        kad.set_mode(Some(mode));
        let identify = identify::Behaviour::new(identify::Config::new(protocol.to_owned(), key_pair.public()));
        Behaviour { kad, identify, ping: ping::Behaviour::default() }
    };
    let builder = builder.with_behaviour(behaviour).unwrap();
    builder.with_swarm_config(|config| config.with_idle_connection_timeout(Duration::from_secs(60))).build()
}

/// A handle to the task that drives a swarm.
#[derive(Clone)]
struct Raw(mpsc::UnboundedSender<Command>);

enum Command {
    Put(Record, oneshot::Sender<()>),
    Get(kad::RecordKey, oneshot::Sender<Bytes>),
}

impl Engine for Raw {
    async fn put(&self, key: &[u8], value: Bytes) {
        let (reply, answer) = oneshot::channel();
        assert!(self.0.send(Command::Put(Record::new(key.to_vec(), value.into()), reply)).is_ok());
        answer.await.unwrap();
    }

    async fn get(&self, key: &[u8]) -> Bytes {
        let (reply, answer) = oneshot::channel();
        assert!(self.0.send(Command::Get(key.to_vec().into(), reply)).is_ok());
        answer.await.unwrap()
    }
}

impl Raw {
    fn start(swarm: Swarm<Behaviour>) -> Self {
        let (commands, orders) = mpsc::unbounded_channel();
        tokio::spawn(Driver { swarm, puts: HashMap::new(), gets: HashMap::new() }.run(orders));
        Self(commands)
    }
}

struct Driver {
    swarm: Swarm<Behaviour>,
    puts: HashMap<QueryId, oneshot::Sender<()>>,
    gets: HashMap<QueryId, oneshot::Sender<Bytes>>,
}

impl Driver {
    async fn run(mut self, mut commands: mpsc::UnboundedReceiver<Command>) {
        loop {
            tokio::select! {
                command = commands.recv() => match command {
                    Some(command) => self.obey(command),
                    None => return,
                },
                event = self.swarm.select_next_some() => {
                    if let SwarmEvent::Behaviour(BehaviourEvent::Kad(event)) = event {
                        self.react(event);
                    }
                }
            }
        }
    }

    fn obey(&mut self, command: Command) {
        let kad = &mut self.swarm.behaviour_mut().kad;
        match command {
            Command::Put(record, reply) => {
                let both = Quorum::N(NonZeroUsize::new(KEEPERS).unwrap());
                self.puts.insert(kad.put_record(record, both).unwrap(), reply);
            }
            Command::Get(key, reply) => {
                self.gets.insert(kad.get_record(key), reply);
            }
        }
    }

    fn react(&mut self, event: kad::Event) {
        let kad::Event::OutboundQueryProgressed { id, result, .. } = event else { return };
        match result {
            QueryResult::PutRecord(result) => {
                result.unwrap();
                self.puts.remove(&id).unwrap().send(()).unwrap();
            }
            QueryResult::GetRecord(Ok(GetRecordOk::FoundRecord(found))) => {
                if let Some(reply) = self.gets.remove(&id) {
                    reply.send(found.record.value.into()).unwrap();
                    self.swarm.behaviour_mut().kad.query_mut(&id).unwrap().finish();
                }
            }
            QueryResult::GetRecord(_) => assert!(!self.gets.contains_key(&id), "the value was put"),
            _ => {}
        }
    }
}
