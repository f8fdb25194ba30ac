//! Peers that are plain nodes of rust-libp2p, or misbehave.

use std::borrow::Cow;
use std::iter::Empty;
use std::time::Duration;

use libp2p::futures::StreamExt;
use libp2p::identity::Keypair;
use libp2p::kad::store::{MemoryStore, MemoryStoreConfig, RecordStore, Result};
use libp2p::kad::{self, Mode, ProviderRecord, QueryResult, Record, RecordKey};
use libp2p::swarm::SwarmEvent;
use libp2p::{Multiaddr, PeerId, StreamProtocol, Swarm, SwarmBuilder, noise, tcp, yamux};
use tokio::sync::{mpsc, oneshot};

use super::address;
use crate::stores::kad::KadStore;
use crate::stores::kad::settings::PROTOCOL;

pub(super) fn any_port() -> Multiaddr {
    "/ip4/127.0.0.1/tcp/0".parse().unwrap()
}

/// A peer that runs as long as the runtime of its test.
pub(super) struct Peer {
    id: PeerId,
    address: Multiaddr,
    pushes: mpsc::UnboundedSender<(Record, PeerId, Multiaddr, oneshot::Sender<bool>)>,
}

impl Peer {
    /// A peer that has no record.
    pub(super) async fn without_records() -> Self {
        Self::start(Mode::Server, MemoryStore::new).await
    }

    /// A peer that asks others, but answers nobody.
    pub(super) async fn in_client_mode() -> Self {
        Self::start(Mode::Client, MemoryStore::new).await
    }

    /// A peer that answers, but fails every put.
    pub(super) async fn that_takes_nothing() -> Self {
        let no_value = MemoryStoreConfig { max_value_bytes: 0, ..MemoryStoreConfig::default() };
        Self::start(Mode::Server, |local| MemoryStore::with_config(local, no_value)).await
    }

    /// A peer that answers every get with a record of this key and value.
    pub(super) async fn with(key: &[u8], value: &[u8]) -> Self {
        let record = Record::new(RecordKey::new(&key), value.into());
        Self::start(Mode::Server, |_| Always(record)).await
    }

    async fn start<S: RecordStore + Send + 'static>(mode: Mode, store: impl FnOnce(PeerId) -> S) -> Self {
        let mut swarm = swarm(mode, store);
        swarm.listen_on(any_port()).unwrap();
        let address = loop {
            if let SwarmEvent::NewListenAddr { address, .. } = swarm.select_next_some().await {
                break address;
            }
        };
        let (pushes, mut orders) = mpsc::unbounded_channel();
        let peer = Self { id: *swarm.local_peer_id(), address, pushes };
        tokio::spawn(async move {
            let mut replies = Vec::new();
            loop {
                tokio::select! {
                    Some((record, to, address, reply)) = orders.recv() => {
                        swarm.behaviour_mut().add_address(&to, address);
                        let query = swarm.behaviour_mut().put_record_to(record, [to].into_iter(), kad::Quorum::All);
                        replies.push((query, reply));
                    }
                    event = swarm.select_next_some() => {
                        let SwarmEvent::Behaviour(kad::Event::OutboundQueryProgressed { id, result, .. }) = event else {
                            continue;
                        };
                        if let QueryResult::PutRecord(result) = result {
                            let place = replies.iter().position(|(query, _)| *query == id).unwrap();
                            replies.swap_remove(place).1.send(result.is_ok()).unwrap();
                        }
                    }
                }
            }
        });
        peer
    }

    /// Pushes a value of its own to a node.
    pub(super) async fn push(&self, node: &KadStore, key: &[u8], value: &[u8]) {
        self.pass_on(node, key, value, self.id).await;
    }

    /// Pushes a value of another publisher to a node.
    pub(super) async fn pass_on(&self, node: &KadStore, key: &[u8], value: &[u8], publisher: PeerId) {
        let (reply, answer) = oneshot::channel();
        let publisher = Some(publisher);
        let record = Record { key: RecordKey::new(&key), value: value.into(), publisher, expires: None };
        self.pushes.send((record, node.peer_id(), address(node).await, reply)).ok().unwrap();
        assert!(answer.await.unwrap(), "kad has one answer, whatever becomes of the record");
    }

    pub(super) fn known_to(&self, node: &KadStore) {
        node.add_peer(self.id, self.address.clone()).unwrap();
    }
}

fn swarm<S: RecordStore + Send + 'static>(mode: Mode, store: impl FnOnce(PeerId) -> S) -> Swarm<kad::Behaviour<S>> {
    let identity = Keypair::generate_ed25519();
    let id = identity.public().to_peer_id();
    let mut config = kad::Config::new(StreamProtocol::new(PROTOCOL));
    config.set_max_packet_size(4 << 20);
    let mut kad = kad::Behaviour::with_config(id, store(id), config);
    kad.set_mode(Some(mode));
    SwarmBuilder::with_existing_identity(identity)
        .with_tokio()
        .with_tcp(tcp::Config::default(), noise::Config::new, yamux::Config::default)
        .unwrap()
        .with_behaviour(|_| kad)
        .unwrap()
        .with_swarm_config(|config| config.with_idle_connection_timeout(Duration::from_secs(60)))
        .build()
}

/// A record store that returns one record, whatever it is asked for.
struct Always(Record);

impl RecordStore for Always {
    type RecordsIter<'a> = Empty<Cow<'a, Record>>;
    type ProvidedIter<'a> = Empty<Cow<'a, ProviderRecord>>;

    fn get(&self, _key: &RecordKey) -> Option<Cow<'_, Record>> {
        Some(Cow::Borrowed(&self.0))
    }

    fn put(&mut self, _record: Record) -> Result<()> {
        Ok(())
    }

    fn remove(&mut self, _key: &RecordKey) {}

    fn records(&self) -> Self::RecordsIter<'_> {
        std::iter::empty()
    }

    fn add_provider(&mut self, _record: ProviderRecord) -> Result<()> {
        Ok(())
    }

    fn providers(&self, _key: &RecordKey) -> Vec<ProviderRecord> {
        Vec::new()
    }

    fn provided(&self) -> Self::ProvidedIter<'_> {
        std::iter::empty()
    }

    fn remove_provider(&mut self, _key: &RecordKey, _provider: &PeerId) {}
}
