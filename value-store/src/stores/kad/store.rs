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
use super::records::Hold;
use super::rules::Rules;
use crate::calls::within;
use crate::stores::trace;
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
/// # How long a value stays
///
/// For [48 hours](super::Builder::record_ttl) after its put, or for longer if it is
/// [put again](super::Builder::republish_every). Until then, nodes
/// [pass on](super::Builder::replicate_every) what they hold to peers that have come since, each hour: a value survives as long
/// as not all nodes that hold it leave within that time. A copy is passed on only to peers that said they hold nothing, or by a
/// [`Validator`](super::Validator) something worse.
///
/// Records are held in memory, and in the node's [file](super::Builder::file) if it has one. With a file, the node is durable: what
/// it acknowledged to a peer, or as its own copy, is on disk, and is there after a crash. If a write to the file fails,
/// nobody knows what is in it: the node leaves the network, and from then on its calls fail with
/// [`QueryError::NotWritten`].
///
/// # Errors, and what to do about them
///
/// | what is seen | what it means | what to do |
/// |---|---|---|
/// | [`NoPeers`](QueryError::NoPeers) | the node has not met anybody | give it a [bootstrap address](super::Builder::bootstrap) or a [peer](super::Builder::peer), with the same [protocol](super::Builder::protocol) |
/// | [`NoAnswer`](QueryError::NoAnswer) | those it knows cannot be reached | look at the network, firewalls, and the address that those [announce](super::Builder::announce) |
/// | [`NotStored`](QueryError::NotStored) | too few peers took the value in time | put it again, with a smaller `quorum` if the network is small |
/// | [`TooFew`](QueryError::TooFew) | fewer peers have a value than the option `quorum` asks for | ask for fewer, or put the value again |
/// | [`OnlyRefused`](QueryError::OnlyRefused) | peers hold values that break this node's rules | compare the validators and the limits of the nodes |
/// | [`Full`](QueryError::Full) | this node holds as much as it may | raise [`max_records`](super::Builder::max_records), or add nodes |
/// | [`QuorumOption`](QueryError::QuorumOption) | the option `quorum` is no quorum | see [`Quorum`] |
/// | [`NotWritten`](QueryError::NotWritten) | a write to the file failed | look at the disk, and start the node again: it opens what is on disk |
/// | [`Stopped`](QueryError::Stopped) | the runtime in which the node was started has ended | start it in one that lives as long as the handles |
/// | [`Error::Timeout`] | too many peers are slow or silent | a longer timeout, or a shorter [`peer_timeout`](super::Builder::peer_timeout) |
/// | [`Error::InvalidValue`] with "better" | somebody has put a newer value | read it, and put one that is newer |
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
    /// The node's file, if it has one, which is closed with the last handle.
    pub(super) file: Hold,
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
        Ok(addresses.await.map_err(|_| self.stopped())?)
    }

    /// The peers in the node's routing table, with their addresses. Those that it has only heard of are not among them.
    ///
    /// # Errors
    ///
    /// [`QueryError::Stopped`], in an [`Error::Backend`], if the node has stopped.
    pub async fn peers(&self) -> Result<Vec<(PeerId, Vec<Multiaddr>)>, Error> {
        let (reply, peers) = oneshot::channel();
        self.send(Command::Peers(reply))?;
        Ok(peers.await.map_err(|_| self.stopped())?)
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

    /// Stops [republishing](super::Builder::republish_every) this key. The value stays until it expires.
    ///
    /// # Errors
    ///
    /// [`QueryError::Stopped`], in an [`Error::Backend`], if the node has stopped.
    pub fn unpublish(&self, key: &[u8]) -> Result<(), Error> {
        self.send(Command::Unpublish(RecordKey::new(&key)))
    }

    fn send(&self, command: Command) -> Result<(), Error> {
        self.shared.commands.send(command).map_err(|_| self.stopped().into())
    }

    /// Why the task that ran the node has ended.
    fn stopped(&self) -> QueryError {
        self.shared.file.failure().map_or(QueryError::Stopped, QueryError::NotWritten)
    }

    /// Sends the driver the command that `command` makes of the call's number and its reply channel, and waits for the
    /// answer. A call that is dropped before the answer is cancelled.
    async fn call<T>(&self, command: impl FnOnce(CallId, Reply<T>) -> Command) -> Result<T, Error> {
        let id = self.shared.calls.fetch_add(1, Ordering::Relaxed);
        trace::number(id);
        let (reply, answer) = oneshot::channel();
        self.send(command(id, reply))?;
        let mut cancel = CancelOnDrop { commands: &self.shared.commands, id: Some(id) };
        let answer = answer.await;
        cancel.id = None;
        // The driver answers every call, unless it ends.
        answer.unwrap_or_else(|_| Err(self.stopped().into()))
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
        let put = async {
            let quorum = Quorum::requested(options, self.shared.write_quorum)?;
            self.shared.rules.check(key, &value)?;
            let (key, value) = (RecordKey::new(&key), value.into());
            let own_copy = self.call(|id, reply| Command::Put { id, key, value, quorum, reply }).await?;
            own_copy.of_all_changes().await.map_err(|error| QueryError::NotWritten(error).into())
        };
        trace::call("KadStore", "put", key, within(options.timeout().or(self.shared.default_timeout), put)).await
    }

    async fn get(&self, key: &[u8], options: &Options) -> Result<GetValueResult, Error> {
        let get = async {
            let quorum = Quorum::requested(options, Quorum::One)?;
            self.shared.rules.check_key(key)?;
            let key = RecordKey::new(&key);
            self.call(|id, reply| Command::Get { id, key, quorum, reply }).await
        };
        trace::call("KadStore", "get", key, within(options.timeout().or(self.shared.default_timeout), get)).await
    }
}
