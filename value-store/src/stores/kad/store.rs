//! The handle of a node, whose calls are commands to the task that runs it.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use async_trait::async_trait;
use bytes::Bytes;
use libp2p::kad::RecordKey;
use libp2p::{Multiaddr, PeerId};
use tokio::sync::{mpsc, oneshot};

use super::command::{CallId, Command, Reply};
use super::error::QueryError;
use super::quorum::Quorum;
use super::records::Rules;
use crate::stores::timeout::within;
use crate::{Error, GetValueResult, Options, ValueStore};

/// A node of a Kademlia DHT, on rust-libp2p: what it puts is kept by the peers closest to the key.
///
/// ```
/// use value_store::{Options, ValueStore, stores::KadStore};
///
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
/// let alice = KadStore::builder().listen_on("/ip4/127.0.0.1/tcp/0".parse()?).start().await?;
/// let address = alice.listen_addresses().await?.remove(0);
/// let bob = KadStore::builder().peer(alice.peer_id(), address).start().await?;
///
/// bob.put(b"key", "value".into(), &Options::new()).await?;
/// let found = alice.get(b"key", &Options::new()).await?;
/// assert_eq!((found.val, found.from), ("value".into(), alice.peer_id()));
/// # Ok(())
/// # }
/// ```
///
/// # Put
///
/// The node looks for the peers closest to the key, twenty at most, and asks all that answer to take the value. The put
/// waits until each of them has taken it, refused it or failed, and is `Ok` if at least a [quorum](Quorum) has taken it: a
/// [majority](Quorum::Majority), unless the [builder](super::Builder::write_quorum) or the option `quorum` says otherwise. So
/// one peer that is gone fails no put; and while none is, an `Ok` means that every one of them has the new value and no
/// other node reads the old one, however low the quorum. A peer that says nothing at all holds a put up, for
/// [so long](super::Builder::peer_timeout).
///
/// This node does not count. It keeps a copy only when the quorum was reached, and when it is one of the peers closest to
/// the key itself, so that what others put later reaches it, too; a node that listens nowhere keeps none. A put that reached
/// no peer is an error, and no later get shows its value.
///
/// Where a [`Validator`](super::Validator) gives values an order, the put first looks at those that the peers hold, and is refused with
/// [`Error::InvalidValue`] when one of them is better. It has to: the protocol has no way for a peer to say that it keeps
/// what it has.
///
/// # Get
///
/// A node that holds a copy answers from it. Otherwise it asks the peers closest to the key, and the first valid answer is
/// the result. With the option `quorum` it waits for as many peers to return a value, its own copy included, and then
/// takes the one that the [`Validator`](super::Validator) selects, or where there is none the one that most of them have.
///
/// So a get is fast and goes on while peers are silent, and where a peer was away while a value was put, or this node was, it
/// may be the old value that comes first. With a [`Validator`](super::Validator) and the quorum of a majority in puts and in gets, one peer
/// at least has both, and the newer value is selected.
///
/// [`Error::NotFound`] means that peers have answered and none of them had a valid value. When none answered, that is
/// [`QueryError::NoAnswer`] or [`QueryError::NoPeers`], as the source of an [`Error::Backend`].
///
/// # What it does not promise
///
/// Kademlia has no order among the values of a key. When several nodes put to one key at the same time, each may keep
/// another; a peer that was away while a value was put goes on to serve the old one; and a put that timed out may still
/// land. Only a [`Validator`](super::Validator) that tells newer values from older ones makes nodes agree, since all of them keep the newer.
///
/// Records are held in memory, and for [48 hours](super::Builder::record_ttl); nothing is published again unless it is put again.
///
/// # Handles
///
/// Clones are cheap and share one node, which runs as a task on the tokio runtime that it was [started](super::Builder::start)
/// in. It ends when the last handle is dropped, and closes its connections and listening sockets. When it ends before
/// that, with its runtime, all calls fail with [`QueryError::Stopped`]. They may be made in another tokio runtime, and in
/// none only if they have no timeout.
#[derive(Clone, Debug)]
pub struct KadStore {
    pub(super) shared: Arc<Shared>,
}

#[derive(Debug)]
pub(super) struct Shared {
    pub(super) peer_id: PeerId,
    pub(super) commands: mpsc::UnboundedSender<Command>,
    /// How many calls there have been. It numbers them.
    pub(super) calls: AtomicU64,
    pub(super) rules: Arc<Rules>,
    pub(super) write_quorum: Quorum,
    pub(super) default_timeout: Option<Duration>,
}

impl KadStore {
    /// The node's own peer id.
    #[must_use]
    pub fn peer_id(&self) -> PeerId {
        self.shared.peer_id
    }

    /// The addresses that the node listens on, with the ports and interfaces that the system chose.
    ///
    /// # Errors
    ///
    /// [`QueryError::Stopped`].
    pub async fn listen_addresses(&self) -> Result<Vec<Multiaddr>, Error> {
        let (reply, addresses) = oneshot::channel();
        self.send(Command::ListenAddresses(reply))?;
        Ok(addresses.await.map_err(|_| QueryError::Stopped)?)
    }

    /// Adds a peer, or another address of one, before any call that is made after this one. An address that ends in the id
    /// of another peer adds nothing.
    ///
    /// # Errors
    ///
    /// [`QueryError::Stopped`].
    pub fn add_peer(&self, peer: PeerId, address: Multiaddr) -> Result<(), Error> {
        self.send(Command::AddPeer(peer, address))
    }

    /// Tells peers that are met from now on that this node is reached under this address, as where a router forwards a
    /// port to it. They are told of announced addresses only, and of those that the node listens on if there is none.
    ///
    /// # Errors
    ///
    /// [`QueryError::Stopped`].
    pub fn announce(&self, address: Multiaddr) -> Result<(), Error> {
        self.send(Command::Announce(address))
    }

    fn send(&self, command: Command) -> Result<(), Error> {
        self.shared.commands.send(command).map_err(|_| QueryError::Stopped.into())
    }

    /// Has the driver do what `command` makes of the call's number and the way back. A call that is dropped before the
    /// answer is taken back.
    async fn call<T>(&self, command: impl FnOnce(CallId, Reply<T>) -> Command) -> Result<T, Error> {
        let id = self.shared.calls.fetch_add(1, Ordering::Relaxed);
        let (reply, answer) = oneshot::channel();
        self.send(command(id, reply))?;
        let mut cancel = CancelOnDrop { commands: &self.shared.commands, id: Some(id) };
        let answer = answer.await;
        cancel.id = None;
        // The driver answers every call that it has, unless it ends.
        answer.unwrap_or(Err(QueryError::Stopped.into()))
    }
}

struct CancelOnDrop<'a> {
    commands: &'a mpsc::UnboundedSender<Command>,
    id: Option<CallId>,
}

impl Drop for CancelOnDrop<'_> {
    fn drop(&mut self) {
        if let Some(id) = self.id {
            // A driver that has ended runs no query.
            let _ = self.commands.send(Command::Cancel(id));
        }
    }
}

#[async_trait]
impl ValueStore for KadStore {
    async fn put(&self, key: &[u8], value: Bytes, options: &Options) -> Result<(), Error> {
        let quorum = Quorum::requested(options, self.shared.write_quorum)?;
        self.shared.rules.check(key, &value)?;
        let (key, value) = (RecordKey::new(&key), value.into());
        let put = self.call(|id, reply| Command::Put { id, key, value, quorum, reply });
        within(options.timeout().or(self.shared.default_timeout), put).await
    }

    async fn get(&self, key: &[u8], options: &Options) -> Result<GetValueResult, Error> {
        let quorum = Quorum::requested(options, Quorum::One)?;
        self.shared.rules.check_key(key)?;
        let key = RecordKey::new(&key);
        let get = self.call(|id, reply| Command::Get { id, key, quorum, reply });
        within(options.timeout().or(self.shared.default_timeout), get).await
    }
}
