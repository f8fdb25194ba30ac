//! Kad's behaviour, which tells a peer that its record was taken only when that is true.

use std::collections::VecDeque;
use std::fmt;
use std::ops::{Deref, DerefMut};
use std::pin::Pin;
use std::task::{Context, Poll, ready};

use libp2p::core::Endpoint;
use libp2p::core::transport::PortUse;
use libp2p::futures::FutureExt as _;
use libp2p::kad::{self, Event, InboundRequest};
use libp2p::swarm::{
    CloseConnection, ConnectionDenied, ConnectionId, FromSwarm, NetworkBehaviour, NotifyHandler, THandler,
    THandlerInEvent, THandlerOutEvent, ToSwarm,
};
use libp2p::{Multiaddr, PeerId};

use super::records::{Records, WriteError};

type Inner = kad::Behaviour<Records>;
type InnerEvent = ToSwarm<Event, THandlerInEvent<Inner>>;

/// A [`kad::Behaviour`] that acknowledges a peer's record once that is on disk, in a swarm of your own.
///
/// A peer that puts a record counts the answer as the promise to keep it, and kad gives that answer at once. Here the
/// answer waits for the disk, while everything else goes on. If the disk fails, the connection is closed: the peer learns
/// that its put has failed, and not after some timeout.
///
/// It is the inner behaviour in all else, and derefs to it. With
/// [`StoreInserts::FilterBoth`](libp2p::kad::StoreInserts::FilterBoth), put a record that you take into the store before
/// you poll the swarm again. Otherwise the answer does not wait for it.
///
/// See [`Records`] for an example.
pub struct AcknowledgedOnDisk {
    kad: Inner,
    /// The connection of a peer whose record was just handed out: the next message to it is the answer.
    expects_answer: Option<(PeerId, ConnectionId)>,
    /// Answers that wait for the disk, the oldest first.
    held_back: VecDeque<HeldBack>,
}

/// An answer to a peer, and the wait before it.
struct HeldBack {
    on_disk: Pin<Box<dyn Future<Output = Result<(), WriteError>> + Send>>,
    peer_id: PeerId,
    connection: ConnectionId,
    answer: InnerEvent,
}

impl fmt::Debug for AcknowledgedOnDisk {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_struct("AcknowledgedOnDisk").field("held_back", &self.held_back.len()).finish_non_exhaustive()
    }
}

impl AcknowledgedOnDisk {
    /// Holds the answers of this behaviour back.
    #[must_use]
    pub fn new(kad: kad::Behaviour<Records>) -> Self {
        Self { kad, expects_answer: None, held_back: VecDeque::new() }
    }

    /// The oldest answer, if its record is on disk by now, or will never be.
    fn poll_held_back(&mut self, cx: &mut Context<'_>) -> Poll<InnerEvent> {
        let Some(oldest) = self.held_back.front_mut() else { return Poll::Pending };
        let is_on_disk = ready!(oldest.on_disk.poll_unpin(cx)).is_ok();
        let close =
            ToSwarm::CloseConnection { peer_id: oldest.peer_id, connection: CloseConnection::One(oldest.connection) };
        let answer = self.held_back.pop_front().map(|oldest| oldest.answer).filter(|_| is_on_disk);
        Poll::Ready(answer.unwrap_or(close))
    }

    /// Holds an event back if it answers a put. Kad queues the answer right behind the event that hands out the record.
    fn hold_back(&mut self, event: InnerEvent) -> Option<InnerEvent> {
        let expected = self.expects_answer.take();
        match &event {
            ToSwarm::GenerateEvent(Event::InboundRequest {
                request: InboundRequest::PutRecord { source, connection, .. },
            }) => self.expects_answer = Some((*source, *connection)),
            ToSwarm::NotifyHandler { peer_id, handler: NotifyHandler::One(connection), .. }
                if expected == Some((*peer_id, *connection)) =>
            {
                let progress = self.kad.store_mut().progress();
                if let Some(Ok(())) = progress.is_written() {
                    return Some(event);
                }
                let (peer_id, connection) = (*peer_id, *connection);
                let on_disk = Box::pin(progress.of_all_changes());
                self.held_back.push_back(HeldBack { on_disk, peer_id, connection, answer: event });
                return None;
            }
            _ => {}
        }
        Some(event)
    }
}

impl Deref for AcknowledgedOnDisk {
    type Target = kad::Behaviour<Records>;

    fn deref(&self) -> &Self::Target {
        &self.kad
    }
}

impl DerefMut for AcknowledgedOnDisk {
    fn deref_mut(&mut self) -> &mut Self::Target {
        &mut self.kad
    }
}

impl NetworkBehaviour for AcknowledgedOnDisk {
    type ConnectionHandler = <Inner as NetworkBehaviour>::ConnectionHandler;
    type ToSwarm = Event;

    fn handle_pending_inbound_connection(
        &mut self,
        connection: ConnectionId,
        local: &Multiaddr,
        remote: &Multiaddr,
    ) -> Result<(), ConnectionDenied> {
        self.kad.handle_pending_inbound_connection(connection, local, remote)
    }

    fn handle_established_inbound_connection(
        &mut self,
        connection: ConnectionId,
        peer: PeerId,
        local: &Multiaddr,
        remote: &Multiaddr,
    ) -> Result<THandler<Self>, ConnectionDenied> {
        self.kad.handle_established_inbound_connection(connection, peer, local, remote)
    }

    fn handle_pending_outbound_connection(
        &mut self,
        connection: ConnectionId,
        peer: Option<PeerId>,
        addresses: &[Multiaddr],
        role: Endpoint,
    ) -> Result<Vec<Multiaddr>, ConnectionDenied> {
        self.kad.handle_pending_outbound_connection(connection, peer, addresses, role)
    }

    fn handle_established_outbound_connection(
        &mut self,
        connection: ConnectionId,
        peer: PeerId,
        address: &Multiaddr,
        role: Endpoint,
        port_use: PortUse,
    ) -> Result<THandler<Self>, ConnectionDenied> {
        self.kad.handle_established_outbound_connection(connection, peer, address, role, port_use)
    }

    fn on_swarm_event(&mut self, event: FromSwarm<'_>) {
        self.kad.on_swarm_event(event);
    }

    fn on_connection_handler_event(&mut self, peer: PeerId, connection: ConnectionId, event: THandlerOutEvent<Self>) {
        self.kad.on_connection_handler_event(peer, connection, event);
    }

    fn poll(&mut self, cx: &mut Context<'_>) -> Poll<ToSwarm<Self::ToSwarm, THandlerInEvent<Self>>> {
        // Kad comes first: an answer is right behind its record.
        while let Poll::Ready(event) = self.kad.poll(cx) {
            if let Some(event) = self.hold_back(event) {
                return Poll::Ready(event);
            }
        }
        self.poll_held_back(cx)
    }
}
