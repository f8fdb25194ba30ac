//! The task that owns the swarm.

use std::sync::Arc;
use std::time::{Duration, Instant};

use libp2p::futures::StreamExt;
use libp2p::kad::{self, GetClosestPeersError, GetRecordOk, PutRecordError, QueryId, QueryResult, QueryStats};
use libp2p::kad::{Record, RecordKey};
use libp2p::swarm::{NetworkBehaviour, Swarm, SwarmEvent};
use libp2p::{Multiaddr, PeerId, StreamProtocol, identify, ping};
use tokio::sync::{mpsc, oneshot};

use super::calls::{Call, CallId, Calls, Reply};
use super::get::Get;
use super::put::Put;
use super::record_store::CheckedStore;
use super::records::Rules;
use super::Quorum;
use crate::{Error, GetValueResult};

/// What a handle asks of the driver.
#[derive(Debug)]
pub(super) enum Command {
    Put { id: CallId, key: RecordKey, value: Vec<u8>, quorum: Quorum, reply: Reply<()> },
    Get { id: CallId, key: RecordKey, quorum: Quorum, reply: Reply<GetValueResult> },
    /// Nobody waits for this call any longer.
    Cancel(CallId),
    AddPeer(PeerId, Multiaddr),
    Announce(Multiaddr),
    ListenAddresses(oneshot::Sender<Vec<Multiaddr>>),
}

#[derive(NetworkBehaviour)]
#[behaviour(prelude = "libp2p::swarm::derive_prelude")]
pub(super) struct Behaviour<B: NetworkBehaviour> {
    pub(super) kad: kad::Behaviour<CheckedStore>,
    /// Peers learn from it which protocols this node speaks, and where it listens: those of other implementations take no
    /// node into their routing tables without it.
    pub(super) identify: identify::Behaviour,
    /// Some of them ping a node before that, too.
    pub(super) ping: ping::Behaviour,
    pub(super) user: B,
}

/// What becomes of the events of the user's behaviour.
pub(super) type OnEvent<B> = Box<dyn FnMut(<B as NetworkBehaviour>::ToSwarm) + Send>;

pub(super) struct Driver<B: NetworkBehaviour> {
    pub(super) swarm: Swarm<Behaviour<B>>,
    pub(super) commands: mpsc::UnboundedReceiver<Command>,
    pub(super) rules: Arc<Rules>,
    pub(super) protocol: StreamProtocol,
    pub(super) record_ttl: Duration,
    pub(super) on_event: OnEvent<B>,
    pub(super) calls: Calls,
    /// Whether the user has said where this node is reached. Until then it is where it listens.
    pub(super) is_announced: bool,
}

impl<B: NetworkBehaviour> Driver<B> {
    /// Runs the node until the last handle is gone.
    pub(super) async fn run(mut self) {
        loop {
            tokio::select! {
                command = self.commands.recv() => match command {
                    Some(command) => self.obey(command),
                    None => return,
                },
                event = self.swarm.select_next_some() => self.react(event),
            }
        }
    }

    fn obey(&mut self, command: Command) {
        match command {
            Command::Put { id, key, value, quorum, reply } => {
                let record = self.record(key, value);
                self.locate(id, Put::new(record, quorum, reply));
            }
            Command::Get { id, key, quorum, reply } => self.get(id, Get::new(key, quorum, reply)),
            Command::Cancel(id) => {
                if let Some(query) = self.calls.cancel(id) {
                    self.finish(query);
                }
            }
            Command::AddPeer(peer, address) => self.add_address(&peer, address),
            Command::Announce(address) => self.announce(address),
            Command::ListenAddresses(reply) => {
                // A caller that has gone needs no answer.
                let _ = reply.send(self.swarm.listeners().cloned().collect());
            }
        }
    }

    pub(super) fn add_address(&mut self, peer: &PeerId, address: Multiaddr) {
        self.kad().add_address(peer, address);
    }

    pub(super) fn announce(&mut self, address: Multiaddr) {
        if !self.is_announced {
            self.is_announced = true;
            let listening: Vec<_> = self.swarm.listeners().cloned().collect();
            listening.iter().for_each(|address| self.swarm.remove_external_address(address));
        }
        self.swarm.add_external_address(address);
    }

    pub(super) fn react(&mut self, event: SwarmEvent<BehaviourEvent<B>>) {
        match event {
            SwarmEvent::Behaviour(BehaviourEvent::Kad(kad::Event::OutboundQueryProgressed {
                id, result, stats, ..
            })) => self.progress(id, result, &stats),
            SwarmEvent::Behaviour(BehaviourEvent::Identify(identify::Event::Received { peer_id, info, .. })) => {
                if info.protocols.contains(&self.protocol) {
                    info.listen_addrs.into_iter().for_each(|address| self.add_address(&peer_id, address));
                }
            }
            SwarmEvent::Behaviour(BehaviourEvent::User(event)) => (self.on_event)(event),
            SwarmEvent::NewListenAddr { address, .. } if !self.is_announced => {
                self.swarm.add_external_address(address);
            }
            SwarmEvent::ExpiredListenAddr { address, .. } if !self.is_announced => {
                self.swarm.remove_external_address(&address);
            }
            _ => {}
        }
    }

    /// The record that goes to the peers. This node's own copy does not outlive theirs.
    fn record(&self, key: RecordKey, value: Vec<u8>) -> Record {
        let (publisher, expires) = (Some(*self.swarm.local_peer_id()), Instant::now().checked_add(self.record_ttl));
        Record { key, value, publisher, expires }
    }

    /// Begins a put.
    fn locate(&mut self, id: CallId, put: Put) {
        if self.kad().store_mut().has_better(&put.record.key, &put.record.value) {
            let better = "this node holds one that is better, as the validator of the name space says";
            let _ = put.reply.send(Err(Error::InvalidValue(better.into())));
            return;
        }
        let query = self.kad().get_closest_peers(put.record.key.to_vec());
        self.calls.insert(query, id, Call::Put(put));
    }

    /// Goes on with a put whose peers have been found.
    fn store(&mut self, id: CallId, mut put: Put, peers: Vec<PeerId>, stats: &QueryStats) {
        if let Err(error) = put.found(&peers, stats) {
            let _ = put.reply.send(Err(error.into()));
            return;
        }
        // All of them, and the quorum is counted at the end.
        let query = self.kad().put_record_to(put.record.clone(), peers.into_iter(), kad::Quorum::All);
        self.calls.insert(query, id, Call::Put(put));
    }

    /// Ends a put that so many peers have taken.
    fn stored(&mut self, put: Put, stored: usize) {
        let result = put.taken_by(stored).map_err(Error::from);
        if result.is_ok() {
            // A store that is full, or got something better meanwhile, keeps no copy: the peers have one.
            let _ = kad::store::RecordStore::put(self.kad().store_mut(), put.record);
        }
        let _ = put.reply.send(result);
    }

    fn get(&mut self, id: CallId, mut get: Get) {
        let (rules, local) = (Arc::clone(&self.rules), *self.swarm.local_peer_id());
        if let Some(record) = self.kad().store_mut().current(&get.key) {
            get.hold(&rules, local, record.into_owned());
        }
        if get.has_enough() {
            return get.reply(&rules, &QueryStats::empty());
        }
        let query = self.kad().get_record(get.key.clone());
        self.calls.insert(query, id, Call::Get(get));
    }

    /// A query has got on. It may be one of kad's own, or one that nobody waits for.
    fn progress(&mut self, query: QueryId, result: QueryResult, stats: &QueryStats) {
        let Some((id, call)) = self.calls.remove(query) else { return };
        match (call, result) {
            (Call::Put(put), QueryResult::GetClosestPeers(found)) => {
                let found = found.map_or_else(|GetClosestPeersError::Timeout { peers, .. }| peers, |found| found.peers);
                self.store(id, put, found.into_iter().map(|peer| peer.peer_id).collect(), stats);
            }
            (Call::Put(put), QueryResult::PutRecord(Ok(_))) => self.stored(put, stats.num_successes() as usize),
            (
                Call::Put(put),
                QueryResult::PutRecord(Err(
                    PutRecordError::QuorumFailed { success, .. } | PutRecordError::Timeout { success, .. },
                )),
            ) => self.stored(put, success.len()),
            (Call::Get(mut get), QueryResult::GetRecord(Ok(GetRecordOk::FoundRecord(found)))) => {
                // A record of no peer is the one that this node holds, and it is counted already.
                if let Some(peer) = found.peer {
                    get.take(&self.rules, peer, found.record);
                }
                if get.has_enough() {
                    get.reply(&self.rules, stats);
                    self.finish(query);
                } else {
                    self.calls.insert(query, id, Call::Get(get));
                }
            }
            (Call::Get(get), QueryResult::GetRecord(_)) => get.reply(&self.rules, stats),
            (call, _) => self.calls.insert(query, id, call),
        }
    }

    fn finish(&mut self, query: QueryId) {
        if let Some(mut query) = self.kad().query_mut(&query) {
            query.finish();
        }
    }

    fn kad(&mut self) -> &mut kad::Behaviour<CheckedStore> {
        &mut self.swarm.behaviour_mut().kad
    }
}
