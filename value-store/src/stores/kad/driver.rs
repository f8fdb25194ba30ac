//! The task that owns the swarm.

use std::collections::HashMap;
use std::io;
use std::net::{IpAddr, TcpListener};
use std::pin::pin;
use std::time::Instant;

use libp2p::futures::StreamExt;
use libp2p::kad::store::RecordStore as _;
use libp2p::kad::{self, InboundRequest, QueryResult, Record};
use libp2p::multiaddr::Protocol;
use libp2p::swarm::{DialError, NetworkBehaviour, Swarm, SwarmEvent};
use libp2p::{Multiaddr, PeerId, StreamProtocol, identify};
use tokio::sync::mpsc;
use tracing::{debug, error, warn};

use super::TARGET;
use super::command::Command;
use super::copy::Purpose;
use super::error::StartError;
use super::get::Get;
use super::put::Put;
use super::queries::Queries;
use super::records::Records;
use super::swarm::{Behaviour, BehaviourEvent};
use super::upkeep::{COPIES, Due, Upkeep};

/// How many bytes may wait for the disk before the node waits too: what a disk writes in a second or so.
const MAX_BACKLOG: usize = 64 << 20;

/// Handles the events of the user's behaviour.
pub(super) type OnEvent<B> = Box<dyn FnMut(<B as NetworkBehaviour>::ToSwarm) + Send>;

pub(super) struct Driver<B: NetworkBehaviour> {
    pub(super) swarm: Swarm<Behaviour<B>>,
    pub(super) commands: mpsc::UnboundedReceiver<Command>,
    pub(super) queries: Queries,
    pub(super) upkeep: Upkeep,
    pub(super) protocol: StreamProtocol,
    pub(super) on_event: OnEvent<B>,
    /// Whether the user has announced where this node is reached. Until then, it is where it listens.
    pub(super) is_announced: bool,
}

impl<B: NetworkBehaviour> Driver<B> {
    /// Runs the node until the last handle is gone, or until a write to its file fails. Then nobody knows what it holds,
    /// so it leaves the network.
    pub(super) async fn run(mut self) {
        let mut failed = pin!(self.records().progress().failed());
        loop {
            // While the disk is behind, what peers send waits in their connections. Looked at in this order, no commit is missed.
            let commit = self.records().progress().next_commit();
            let is_behind = self.records().backlog() > MAX_BACKLOG;
            let may_begin_more = self.queries.copies() < COPIES && self.upkeep.has_more();
            tokio::select! {
                error = &mut failed => {
                    error!(target: TARGET, error = &error as &dyn std::error::Error, "the node leaves the network");
                    return;
                }
                command = self.commands.recv() => match command {
                    Some(command) => self.obey(command),
                    None => return,
                },
                () = commit, if is_behind => {}
                () = tokio::task::yield_now(), if may_begin_more => {}
                event = self.swarm.select_next_some(), if !is_behind => self.react(event),
                due = self.upkeep.due() => self.keep_up(&due),
            }
            self.pass_on();
        }
    }

    fn keep_up(&mut self, due: &Due) {
        debug!(target: TARGET, ?due);
        self.queries.end_overdue_copies(&mut self.swarm.behaviour_mut().kad);
        match due {
            Due::Join => {
                self.records().remove_expired();
                // Kad keeps the last address of each peer, so its table alone does not tell who is there. And those who are
                // connected need not be nodes of this network.
                if !self.known_peers().iter().any(|(peer, _)| self.swarm.is_connected(peer)) {
                    self.join();
                }
            }
            Due::Replicate => {
                let keys: Vec<_> = self.records().records().map(|record| record.key.clone()).collect();
                self.upkeep.pass_on(keys, Purpose::Replicate);
            }
            Due::Publish => {
                let keys = self.records().due(Instant::now());
                self.upkeep.pass_on(keys, Purpose::Publish);
            }
        }
    }

    /// Asks those who know the network who else is there.
    pub(super) fn join(&mut self) {
        self.upkeep.has_warned = false;
        for address in self.upkeep.bootstrap.clone() {
            debug!(target: TARGET, %address, "joining the network");
            match address.iter().last() {
                Some(Protocol::P2p(peer)) => self.add_address(&peer, address),
                // The handshake tells its id.
                _ => {
                    if let Err(error) = self.swarm.dial(address.clone()) {
                        warn!(target: TARGET, %address, error = &error as &dyn std::error::Error, "not dialled");
                    }
                }
            }
        }
    }

    /// The routing table.
    fn known_peers(&mut self) -> Vec<(PeerId, Vec<Multiaddr>)> {
        let mut peers = Vec::new();
        for bucket in self.swarm.behaviour_mut().kad.kbuckets() {
            let entries = bucket.iter();
            peers.extend(entries.map(|entry| (*entry.node.key.preimage(), entry.node.value.clone().into_vec())));
        }
        peers
    }

    /// Begins copies, as many as may run. A record that need not be passed on is looked at, which takes a while for thousands of
    /// them: other things come between.
    fn pass_on(&mut self) {
        for _ in 0..COPIES {
            if self.queries.copies() < COPIES
                && let Some((key, purpose)) = self.upkeep.next()
            {
                self.queries.copy(&mut self.swarm.behaviour_mut().kad, &key, purpose);
            }
        }
    }

    /// Listens on these addresses, and returns when each of them takes connections.
    pub(super) async fn listen(&mut self, addresses: Vec<Multiaddr>) -> Result<(), StartError> {
        for address in &addresses {
            expect_free(address)
                .map_err(|error| StartError::Listen { address: address.clone(), source: error.into() })?;
        }
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
                // Its time to live begins when it is sent to the peers.
                let record = Record { key, value, publisher: Some(*self.swarm.local_peer_id()), expires: None };
                self.queries.put(&mut self.swarm.behaviour_mut().kad, id, Put::new(record, quorum, reply));
            }
            Command::Get { id, key, quorum, reply } => {
                self.queries.get(&mut self.swarm.behaviour_mut().kad, id, Get::new(key, quorum, reply));
            }
            Command::Cancel(id) => self.queries.cancel(&mut self.swarm.behaviour_mut().kad, id),
            Command::Unpublish(key) => self.queries.held(&mut self.swarm.behaviour_mut().kad).unpublish(&key),
            Command::AddPeer(peer, address) => self.add_address(&peer, address),
            Command::Announce(address) => self.announce(address),
            // If the caller of one of these has gone, nobody needs the answer.
            Command::Peers(reply) => {
                let _ = reply.send(self.known_peers());
            }
            Command::ListenAddresses(reply) => {
                let _ = reply.send(self.swarm.listeners().cloned().collect());
            }
        }
    }

    fn records(&mut self) -> &mut Records {
        self.swarm.behaviour_mut().kad.store_mut()
    }

    pub(super) fn add_address(&mut self, peer: &PeerId, address: Multiaddr) {
        self.swarm.behaviour_mut().kad.add_address(peer, address);
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
            SwarmEvent::OutgoingConnectionError { peer_id, error, .. } => self.tell_unreached(peer_id, &error),
            _ => {}
        }
    }

    /// Tells an operator of a peer that was not reached. Peers come and go, but those to join by should be there: of them, the
    /// first one is a warning each time that the node joins.
    fn tell_unreached(&mut self, peer: Option<PeerId>, error: &DialError) {
        let is_expected = |address: &Multiaddr| peer.is_none() || address.iter().last() == peer.map(Protocol::P2p);
        let is_warning = self.upkeep.bootstrap.iter().any(is_expected) && !self.upkeep.has_warned;
        // A node may be one of those to join by itself.
        let is_warning = is_warning && !matches!(error, DialError::LocalPeerId { .. });
        let (peer, error) = (peer.map(tracing::field::display), error as &dyn std::error::Error);
        if is_warning {
            self.upkeep.has_warned = true;
            warn!(target: TARGET, peer, error, "a bootstrap address was not reached");
        } else {
            debug!(target: TARGET, peer, error, "a peer was not reached");
        }
    }

    fn react_to_kad(&mut self, event: kad::Event) {
        let kad = &mut self.swarm.behaviour_mut().kad;
        match event {
            // The node has looked at each part of the network, so it knows who is left.
            kad::Event::OutboundQueryProgressed { result: QueryResult::Bootstrap(Ok(left)), .. }
                if left.num_remaining == 0 =>
            {
                let peers = self.known_peers();
                self.records().remember_peers(peers);
            }
            kad::Event::OutboundQueryProgressed { id, result, stats, .. } => {
                self.queries.progress(kad, id, result, &stats);
            }
            kad::Event::InboundRequest { request: InboundRequest::PutRecord { source, record: Some(record), .. } } => {
                self.queries.held(kad).keep(record, source);
            }
            kad::Event::RoutingUpdated { peer, addresses, .. } => {
                self.records().remember_peer(peer, addresses.into_vec());
            }
            // Provider records are not kept: this store never looks for them, and they may be of any length.
            _ => {}
        }
    }
}

/// Fails if somebody listens on this address already. Libp2p would share it with them, and the system would deal the
/// connections out to both. The unspecified address of IPv6 is not checked: binding it here would bind that of IPv4
/// too.
fn expect_free(address: &Multiaddr) -> io::Result<()> {
    let mut parts = address.iter();
    let ip: IpAddr = match parts.next() {
        Some(Protocol::Ip4(ip)) => ip.into(),
        Some(Protocol::Ip6(ip)) if !ip.is_unspecified() => ip.into(),
        _ => return Ok(()),
    };
    match parts.next() {
        Some(Protocol::Tcp(port)) => TcpListener::bind((ip, port)).map(drop),
        _ => Ok(()),
    }
}
