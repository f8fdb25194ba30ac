//! The task that owns the swarm.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::{Duration, Instant};

use libp2p::futures::StreamExt;
use libp2p::kad::store::{MemoryStore, RecordStore};
use libp2p::kad::{self, GetClosestPeersError, GetRecordError, GetRecordOk, PutRecordError, Record, RecordKey};
use libp2p::kad::{InboundRequest, QueryId, QueryResult, QueryStats};
use libp2p::swarm::{NetworkBehaviour, Swarm, SwarmEvent};
use libp2p::{Multiaddr, PeerId, StreamProtocol, identify, ping};
use tokio::sync::{mpsc, oneshot};

use super::builder::MAX_PEERS;
use super::calls::{Call, CallId, Calls, Reply};
use super::get::Get;
use super::put::{Put, no_answer};
use super::records::Rules;
use super::{QueryError, Quorum, StartError};
use crate::{Error, GetValueResult};

/// What a handle asks of the driver.
#[derive(Debug)]
pub(super) enum Command {
    Put {
        id: CallId,
        key: RecordKey,
        value: Vec<u8>,
        quorum: Quorum,
        reply: Reply<()>,
    },
    Get {
        id: CallId,
        key: RecordKey,
        quorum: Quorum,
        reply: Reply<GetValueResult>,
    },
    /// Nobody waits for this call any longer.
    Cancel(CallId),
    AddPeer(PeerId, Multiaddr),
    Announce(Multiaddr),
    ListenAddresses(oneshot::Sender<Vec<Multiaddr>>),
}

#[derive(NetworkBehaviour)]
#[behaviour(prelude = "libp2p::swarm::derive_prelude")]
pub(super) struct Behaviour<B: NetworkBehaviour> {
    pub(super) kad: kad::Behaviour<MemoryStore>,
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
    pub(super) max_records: usize,
    pub(super) peer_timeout: Duration,
    pub(super) on_event: OnEvent<B>,
    pub(super) calls: Calls,
    /// Whether this is a node that records are put to, since it listens somewhere. One that is not would never learn that
    /// what it put itself was replaced.
    pub(super) holds_records: bool,
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

    /// Listens on these addresses, and returns when connections to each of them are taken.
    pub(super) async fn listen(&mut self, addresses: Vec<Multiaddr>) -> Result<(), StartError> {
        let mut pending = HashMap::new();
        for address in addresses {
            match self.swarm.listen_on(address.clone()) {
                Ok(listener) => drop(pending.insert(listener, address)),
                Err(error) => return Err(StartError::Listen { address, source: error.into() }),
            }
        }
        while !pending.is_empty() {
            let event = self.swarm.select_next_some().await;
            match &event {
                SwarmEvent::NewListenAddr { listener_id, .. } => drop(pending.remove(listener_id)),
                SwarmEvent::ListenerClosed { listener_id, reason, .. } => {
                    if let Some(address) = pending.remove(listener_id) {
                        let source = reason.as_ref().err().map_or("it was closed".to_owned(), ToString::to_string);
                        return Err(StartError::Listen { address, source: source.into() });
                    }
                }
                _ => {}
            }
            self.react(event);
        }
        Ok(())
    }

    pub(super) fn obey(&mut self, command: Command) {
        match command {
            Command::Put { id, key, value, quorum, reply } => {
                let record = self.record(key, value);
                self.put(id, Put::new(record, quorum, reply));
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
            for address in &listening {
                self.swarm.remove_external_address(address);
            }
        }
        self.swarm.add_external_address(address);
    }

    pub(super) fn react(&mut self, event: SwarmEvent<BehaviourEvent<B>>) {
        match event {
            SwarmEvent::Behaviour(BehaviourEvent::Kad(event)) => self.react_to_kad(event),
            SwarmEvent::Behaviour(BehaviourEvent::Identify(identify::Event::Received { peer_id, info, .. }))
                if info.protocols.contains(&self.protocol) =>
            {
                for address in info.listen_addrs {
                    self.add_address(&peer_id, address);
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

    fn react_to_kad(&mut self, event: kad::Event) {
        match event {
            kad::Event::OutboundQueryProgressed { id, result, stats, .. } => self.progress(id, result, &stats),
            kad::Event::InboundRequest { request: InboundRequest::PutRecord { source, record: Some(record), .. } } => {
                self.keep(record, source);
            }
            kad::Event::InboundRequest { request: InboundRequest::AddProvider { record: Some(record) } } => {
                // This store has no use for it, but a node of the network keeps it for others if it can.
                let _ = self.kad().store_mut().add_provider(record);
            }
            _ => {}
        }
    }

    /// The record that goes to the peers. This node's own copy does not outlive theirs.
    fn record(&self, key: RecordKey, value: Vec<u8>) -> Record {
        let (publisher, expires) = (Some(*self.swarm.local_peer_id()), Instant::now().checked_add(self.record_ttl));
        Record { key, value, publisher, expires }
    }

    /// Begins a put: looks for the peers closest to its key. Where values have an order, it also looks at those that they
    /// hold, since a peer that has a better one keeps it without a word.
    fn put(&mut self, id: CallId, put: Put) {
        let held = self.held(&put.record.key);
        if held.as_ref().is_some_and(|held| self.is_outdated(&put, held)) {
            return put.refuse();
        }
        if held.is_none() && !self.has_room() {
            return put.reply(Err(QueryError::Full { records: self.max_records }.into()));
        }
        self.look_up_for_put(id, put);
    }

    fn look_up_for_put(&mut self, id: CallId, put: Put) {
        let key = put.record.key.clone();
        let has_order = self.rules.has_order(key.as_ref());
        let query = if has_order { self.kad().get_record(key) } else { self.kad().get_closest_peers(key.to_vec()) };
        self.calls.insert(query, id, Call::Put(put));
    }

    fn get(&mut self, id: CallId, mut get: Get) {
        if let Some(record) = self.held(&get.key) {
            get.hold(&self.rules, *self.swarm.local_peer_id(), record);
        }
        if get.has_enough() {
            return get.reply(&self.rules, &QueryStats::empty());
        }
        self.look_up_for_get(id, get);
    }

    fn look_up_for_get(&mut self, id: CallId, get: Get) {
        let query = self.kad().get_record(get.key.clone());
        self.calls.insert(query, id, Call::Get(get));
    }

    /// Whether kad ended a lookup although peers have neither answered nor failed in the time that they have. It waits for
    /// ten seconds, whatever it is told. On a slow network, or a loaded machine, peers would go without a put for that.
    fn is_cut_short(&self, begun: Instant, stats: &QueryStats) -> bool {
        let has_all = stats.num_successes() >= u32::from(MAX_PEERS);
        stats.num_pending() > 0 && !has_all && begun.elapsed() < self.peer_timeout
    }

    /// A query has got on. It may be one of kad's own, or one that nobody waits for.
    fn progress(&mut self, query: QueryId, result: QueryResult, stats: &QueryStats) {
        match self.calls.remove(query) {
            Some((id, Call::Put(put))) => self.progress_of_put(query, id, put, result, stats),
            Some((id, Call::Get(get))) => self.progress_of_get(query, id, get, result, stats),
            None => {}
        }
    }

    fn progress_of_put(&mut self, query: QueryId, id: CallId, mut put: Put, result: QueryResult, stats: &QueryStats) {
        match result {
            QueryResult::GetClosestPeers(found) => {
                let found = found.map_or_else(|GetClosestPeersError::Timeout { peers, .. }| peers, |found| found.peers);
                self.store(id, put, found.into_iter().map(|peer| peer.peer_id).collect(), stats);
            }
            QueryResult::GetRecord(Ok(GetRecordOk::FoundRecord(found))) => {
                if self.is_outdated(&put, &found.record) {
                    self.finish(query);
                    return put.refuse();
                }
                put.holders.extend(found.peer);
                self.calls.insert(query, id, Call::Put(put));
            }
            QueryResult::GetRecord(Ok(GetRecordOk::FinishedWithNoAdditionalRecord { cache_candidates })) => {
                let answered = put.holders.iter().copied().chain(cache_candidates.into_values()).collect();
                self.store(id, put, answered, stats);
            }
            QueryResult::GetRecord(Err(GetRecordError::NotFound { closest_peers, .. })) => {
                self.store(id, put, closest_peers, stats);
            }
            QueryResult::PutRecord(Ok(_)) => self.stored(put, stats.num_successes() as usize),
            QueryResult::PutRecord(Err(
                PutRecordError::QuorumFailed { success, .. } | PutRecordError::Timeout { success, .. },
            )) => self.stored(put, success.len()),
            _ => put.reply(Err(no_answer(stats).into())),
        }
    }

    fn progress_of_get(&mut self, query: QueryId, id: CallId, mut get: Get, result: QueryResult, stats: &QueryStats) {
        let QueryResult::GetRecord(Ok(GetRecordOk::FoundRecord(found))) = result else {
            if self.is_cut_short(get.begun, stats) {
                get.forget_answers();
                return self.look_up_for_get(id, get);
            }
            return get.reply(&self.rules, stats);
        };
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

    /// Goes on with a put whose peers have answered.
    fn store(&mut self, id: CallId, mut put: Put, answered: Vec<PeerId>, stats: &QueryStats) {
        if self.is_cut_short(put.begun, stats) {
            put.holders.clear();
            return self.look_up_for_put(id, put);
        }
        match put.ask(answered, stats) {
            Ok(peers) => {
                // All of them, and the quorum is counted at the end.
                let query = self.kad().put_record_to(put.record.clone(), peers.into_iter(), kad::Quorum::All);
                self.calls.insert(query, id, Call::Put(put));
            }
            Err(error) => put.reply(Err(error.into())),
        }
    }

    /// Ends a put that so many peers have taken.
    fn stored(&mut self, put: Put, stored: usize) {
        let result = put.taken_by(stored);
        if result.is_ok() && self.holds_records {
            self.keep(put.record.clone(), *self.swarm.local_peer_id());
        }
        put.reply(result.map_err(Error::from));
    }

    /// Keeps a record that came from `source`, if the rules allow it and there is room.
    fn keep(&mut self, record: Record, source: PeerId) {
        let is_valid = self.rules.check(record.key.as_ref(), &record.value).is_ok();
        let is_kept = is_valid
            && match self.held(&record.key) {
                Some(held) => self.rules.replaces(&record, source, &held),
                None => self.has_room(),
            };
        if is_kept {
            // There is nobody to be told: kad has the same answer for the peer in any case.
            let _ = self.kad().store_mut().put(record);
        }
    }

    /// The record of this key that this node holds, unless it has expired.
    fn held(&mut self, key: &RecordKey) -> Option<Record> {
        let record = self.kad().store_mut().get(key)?.into_owned();
        Some(record).filter(|record| !record.is_expired(Instant::now()))
    }

    /// Whether one more key can be held. What has expired makes room.
    fn has_room(&mut self) -> bool {
        let (max_records, now) = (self.max_records, Instant::now());
        let records = self.kad().store_mut();
        if records.records().len() >= max_records {
            records.retain(|_, record| !record.is_expired(now));
        }
        records.records().len() < max_records
    }

    fn is_outdated(&self, put: &Put, other: &Record) -> bool {
        let key = &put.record.key;
        other.key == *key && self.rules.is_better(key.as_ref(), &other.value, &put.record.value)
    }

    fn finish(&mut self, query: QueryId) {
        if let Some(mut query) = self.kad().query_mut(&query) {
            query.finish();
        }
    }

    pub(super) fn kad(&mut self) -> &mut kad::Behaviour<MemoryStore> {
        &mut self.swarm.behaviour_mut().kad
    }
}
