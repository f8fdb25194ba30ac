//! The handle of a node. Its calls are commands to the task that runs the node.

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
use crate::calls::within;
use crate::{Error, GetValueResult, Options, ValueStore};

/// A node of a Kademlia DHT, on rust-libp2p: the peers closest to a key keep its value.
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
/// waits until each of them has taken it, refused it or failed. It returns `Ok` if at least a [quorum](Quorum) has
/// taken it: a [majority](Quorum::Majority), unless the [builder](super::Builder::write_quorum) or the option `quorum`
/// says otherwise.
///
/// So a put does not fail because one peer is gone. And while no peer is gone, `Ok` means that all of them have the new
/// value, however low the quorum, and that no other node reads the old one. A peer that is silent delays a put, by up
/// to the [peer timeout](super::Builder::peer_timeout).
///
/// This node does not count towards the quorum. It keeps a copy only if the quorum was reached and it is itself one of
/// the peers closest to the key, so that later puts of others reach it too. A node that listens nowhere keeps no copy.
/// A put that reached no peer is an error, and no later get shows its value.
///
/// If a [`Validator`](super::Validator) gives values an order, the put first looks at the values that the peers hold.
/// If one of them is better, it is refused with [`Error::InvalidValue`]. The node has to look, because the protocol has
/// no way for a peer to say that it keeps the value it has.
///
/// # Get
///
/// A node that holds a copy returns it. Otherwise it asks the peers closest to the key, and returns the first valid
/// answer. With the option `quorum`, it waits until that many peers have returned a value; its own copy counts. It then
/// returns the value that the [`Validator`](super::Validator) selects, or without a validator the one that most peers
/// have.
///
/// So a get is fast, and does not wait for silent peers. But if this node or a peer was away while a value was put, the
/// old value may come first. To read the newer one, use a [`Validator`](super::Validator), and a majority as the quorum
/// of both puts and gets: then at least one peer takes part in both, and the newer value is selected.
///
/// [`Error::NotFound`] means that peers have answered, and that none of them had a valid value. If no peer answered,
/// the error is an [`Error::Backend`], and its source [`QueryError::NoAnswer`] or [`QueryError::NoPeers`].
///
/// # What it does not promise
///
/// Kademlia has no order among the values of a key. When several nodes put to one key at the same time, each peer may
/// keep a different value. A peer that was away during a put goes on serving the old value. A put that timed out may
/// still land. Nodes agree only with a [`Validator`](super::Validator) that tells newer values from older ones, since
/// all of them then keep the newer one.
///
/// Records are held in memory, for [48 hours](super::Builder::record_ttl). A value is published only by a put: to keep
/// it longer, put it again.
///
/// # Handles
///
/// Clones are cheap and share one node, which runs as a task on the tokio runtime in which it was
/// [started](super::Builder::start). When the last handle is dropped, the task ends, and closes its connections and
/// listening sockets. If it ends before that, with its runtime, all calls fail with [`QueryError::Stopped`].
///
/// Calls may be made in another tokio runtime. Outside any runtime, only calls without a timeout work.
#[derive(Clone, Debug)]
pub struct KadStore {
    pub(super) shared: Arc<Shared>,
}

#[derive(Debug)]
pub(super) struct Shared {
    pub(super) peer_id: PeerId,
    pub(super) commands: mpsc::UnboundedSender<Command>,
    /// How many calls there have been, and so the number of the next one.
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
    /// [`QueryError::Stopped`], in an [`Error::Backend`], if the node has stopped.
    pub async fn listen_addresses(&self) -> Result<Vec<Multiaddr>, Error> {
        let (reply, addresses) = oneshot::channel();
        self.send(Command::ListenAddresses(reply))?;
        Ok(addresses.await.map_err(|_| QueryError::Stopped)?)
    }

    /// Adds a peer, or another address of a known one. Calls that are made after this one know it. An address that ends
    /// in the id of a different peer adds nothing.
    ///
    /// # Errors
    ///
    /// [`QueryError::Stopped`], in an [`Error::Backend`], if the node has stopped.
    pub fn add_peer(&self, peer: PeerId, address: Multiaddr) -> Result<(), Error> {
        self.send(Command::AddPeer(peer, address))
    }

    /// Announces an address under which others reach this node, for instance if a router forwards a port to it. Peers
    /// that the node meets from now on are told of it. Once an address is announced, peers are told only of announced
    /// addresses, and no longer of those that the node listens on.
    ///
    /// # Errors
    ///
    /// [`QueryError::Stopped`], in an [`Error::Backend`], if the node has stopped.
    pub fn announce(&self, address: Multiaddr) -> Result<(), Error> {
        self.send(Command::Announce(address))
    }

    fn send(&self, command: Command) -> Result<(), Error> {
        self.shared.commands.send(command).map_err(|_| QueryError::Stopped.into())
    }

    /// Sends the driver the command that `command` makes of the call's number and its reply channel, and waits for the
    /// answer. A call that is dropped before the answer is cancelled.
    async fn call<T>(&self, command: impl FnOnce(CallId, Reply<T>) -> Command) -> Result<T, Error> {
        let id = self.shared.calls.fetch_add(1, Ordering::Relaxed);
        let (reply, answer) = oneshot::channel();
        self.send(command(id, reply))?;
        let mut cancel = CancelOnDrop { commands: &self.shared.commands, id: Some(id) };
        let answer = answer.await;
        cancel.id = None;
        // The driver answers every call, unless it ends.
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
