//! The task that owns the swarm.

use std::collections::HashMap;
use std::io;
use std::net::{IpAddr, TcpListener};

use libp2p::futures::StreamExt;
use libp2p::kad::{self, InboundRequest, Record};
use libp2p::multiaddr::Protocol;
use libp2p::swarm::{NetworkBehaviour, Swarm, SwarmEvent};
use libp2p::{Multiaddr, PeerId, StreamProtocol, identify};
use tokio::sync::mpsc;

use super::command::Command;
use super::error::StartError;
use super::get::Get;
use super::put::Put;
use super::queries::Queries;
use super::swarm::{Behaviour, BehaviourEvent};

/// Handles the events of the user's behaviour.
pub(super) type OnEvent<B> = Box<dyn FnMut(<B as NetworkBehaviour>::ToSwarm) + Send>;

pub(super) struct Driver<B: NetworkBehaviour> {
    pub(super) swarm: Swarm<Behaviour<B>>,
    pub(super) commands: mpsc::UnboundedReceiver<Command>,
    pub(super) queries: Queries,
    pub(super) protocol: StreamProtocol,
    pub(super) on_event: OnEvent<B>,
    /// Whether the user has announced where this node is reached. Until then, it is where it listens.
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
            Command::AddPeer(peer, address) => self.add_address(&peer, address),
            Command::Announce(address) => self.announce(address),
            Command::ListenAddresses(reply) => {
                // If the caller has gone, nobody needs the answer.
                let _ = reply.send(self.swarm.listeners().cloned().collect());
            }
        }
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
            _ => {}
        }
    }

    fn react_to_kad(&mut self, event: kad::Event) {
        let kad = &mut self.swarm.behaviour_mut().kad;
        match event {
            kad::Event::OutboundQueryProgressed { id, result, stats, .. } => {
                self.queries.progress(kad, id, result, &stats);
            }
            kad::Event::InboundRequest { request: InboundRequest::PutRecord { source, record: Some(record), .. } } => {
                self.queries.held(kad).keep(record, source);
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
