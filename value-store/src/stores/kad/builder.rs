//! How a node is made and started.

use std::sync::Arc;
use std::sync::atomic::AtomicU64;
use std::time::Duration;

use libp2p::identity::Keypair;
use libp2p::swarm::{NetworkBehaviour, dummy};
use libp2p::{Multiaddr, PeerId, StreamProtocol};
use tokio::sync::mpsc;

use super::driver::{Driver, OnEvent};
use super::error::StartError;
use super::queries::Queries;
use super::quorum::Quorum;
use super::records::{MAX_INTERVAL, Records};
use super::rules::Validator;
use super::settings::Settings;
use super::store::{KadStore, Shared};
use super::swarm::{can_dial, swarm};
use super::upkeep::Upkeep;

/// Stands for every longer duration: libp2p adds durations to the present time, and panics if that overflows. It is the
/// longest time that a record can have, which travels in seconds as a `u32`.
const LONGEST: Duration = Duration::from_secs(u32::MAX as u64);

/// Makes a [`KadStore`]. Everything has a default. To be part of a network, a node needs at least one
/// [peer](Self::peer), or an [address to listen on](Self::listen_on) under which others know it.
///
/// `B` is your own [behaviour](Self::behaviour), if the node runs one.
///
/// ```
/// use std::time::Duration;
/// use value_store::stores::KadStore;
/// use value_store::stores::kad::{Quorum, libp2p::identity::Keypair};
///
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
/// let identity = Keypair::generate_ed25519();
/// let node = KadStore::builder()
///     .identity(identity.clone())
///     .listen_on("/ip4/127.0.0.1/tcp/0".parse()?)
///     .protocol("/my-network/kad/1.0.0")
///     .write_quorum(Quorum::One)
///     .default_timeout(Duration::from_secs(10));
/// let node = node.start().await?;
/// assert_eq!(node.peer_id(), identity.public().to_peer_id());
/// # Ok(())
/// # }
/// ```
#[must_use = "nothing happens before it is started"]
pub struct Builder<B: NetworkBehaviour = dummy::Behaviour> {
    settings: Settings,
    behaviour: B,
    on_event: OnEvent<B>,
}

impl KadStore {
    /// A builder of a node, with all defaults.
    pub fn builder() -> Builder {
        Builder {
            settings: Settings::default(),
            behaviour: dummy::Behaviour,
            on_event: Box::new(|never| match never {}),
        }
    }
}

impl<B: NetworkBehaviour> Builder<B> {
    /// The node's key pair, from which its peer id follows. By default, each start makes a new one, or
    /// takes that of the [file](Self::file) if there is one. An identity that is given here replaces that in the file.
    pub fn identity(mut self, identity: Keypair) -> Self {
        self.settings.identity = Some(identity);
        self
    }

    /// Keeps the node's records, its identity and its peers in this file, so that a node that starts again is the same
    /// node. A missing or an empty file is made, and gets the [identity](Self::identity) of the node, or a new one.
    ///
    /// The node is durable then: a peer whose put it has acknowledged finds the value after a crash, and so does its own
    /// user. [`Records`] says more about the file. It is closed when the last handle is dropped.
    ///
    /// ```
    /// use value_store::stores::KadStore;
    ///
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// # let directory = tempfile::tempdir()?;
    /// # let path = directory.path().join("node.redb");
    /// let node = KadStore::builder().file(&path).start().await?;
    /// let peer_id = node.peer_id();
    /// drop(node);
    ///
    /// let node = KadStore::builder().file(&path).start().await?;
    /// assert_eq!(node.peer_id(), peer_id);
    /// # Ok(())
    /// # }
    /// ```
    #[cfg(feature = "redb")]
    pub fn file(mut self, path: impl Into<std::path::PathBuf>) -> Self {
        self.settings.file = Some(path.into());
        self
    }

    /// An address to listen on, such as `/ip4/0.0.0.0/tcp/4001`, or with port 0 for any free port. Nodes of one process may
    /// also meet in memory, at `/memory/0` for any free number. A node may have several addresses. A node
    /// that listens nowhere holds no records.
    ///
    /// The start fails if somebody listens there already. That may be a node whose last handle was dropped a moment
    /// ago, and which has not ended yet.
    pub fn listen_on(mut self, address: Multiaddr) -> Self {
        self.settings.listen_on.push(address);
        self
    }

    /// An address under which others reach this node, as for [`KadStore::announce`]. A node may have several.
    pub fn announce(mut self, address: Multiaddr) -> Self {
        self.settings.announced.push(address);
        self
    }

    /// A peer of the network, and an address of it. A node may have several, and learns of others from them. It dials a
    /// peer when it has something to ask. Of the addresses of a peer, at least one is `/ip4` or `/ip6` with `/tcp`, or `/memory`;
    /// others are passed over.
    pub fn peer(mut self, peer: PeerId, address: Multiaddr) -> Self {
        self.settings.peers.push((peer, address));
        self
    }

    /// An address of a node of the network that is always there, with its peer id at the end or without. A node may have
    /// several. It joins the network by them when it starts, and at each [refresh](Self::refresh_every) at which it is
    /// connected to nobody that it knows. It is `/ip4` or `/ip6` with `/tcp`, or `/memory`: names are not resolved.
    pub fn bootstrap(mut self, address: Multiaddr) -> Self {
        self.settings.bootstrap.push(address);
        self
    }

    /// How often the node looks at each part of the network, to learn who has come and who is gone: every 5 minutes by
    /// default, as libp2p does.
    pub fn refresh_every(mut self, interval: Duration) -> Self {
        self.settings.refresh_interval = interval.clamp(Duration::from_millis(1), LONGEST);
        self
    }

    /// How often the node passes on what it holds: every hour by default, as Kademlia's authors say. With `None`, never.
    ///
    /// It asks the peers closest to the key what they hold, and sends the record to those among them that hold none, or by
    /// a [`Validator`] a worse one. So values survive when the nodes that first held them leave one by one. A copy expires
    /// when the record does. Each record that the node holds costs one lookup in this time, of some twenty questions.
    pub fn replicate_every(mut self, interval: impl Into<Option<Duration>>) -> Self {
        self.settings.replicate_interval = interval.into().map(|interval| interval.min(LONGEST));
        self
    }

    /// How often the node puts again what its user has put, so that it does not [expire](Self::record_ttl). Off by
    /// default. An interval above 48 hours counts as 48 hours: choose one well below the [time to live](Self::record_ttl) of
    /// all records, since a value that expires before it is put again is gone meanwhile.
    ///
    /// For that the node keeps each value that its user puts, in its [file](Self::file) if it has one. It stops when it
    /// meets another value that somebody else has put, or by a [`Validator`] a better one, when the validator
    /// no longer takes the value, and when [told](KadStore::unpublish) to. If it reached nobody, it tries again after a tenth of the interval. A value that
    /// falls due while no process runs is put again at the next start.
    pub fn republish_every(mut self, interval: impl Into<Option<Duration>>) -> Self {
        self.settings.republish_interval = interval.into().map(|interval| interval.min(MAX_INTERVAL));
        self
    }

    /// The name of the protocol, `/value-store/kad/1.0.0` by default. Nodes with different names are different
    /// networks.
    pub fn protocol(mut self, name: impl Into<String>) -> Self {
        self.settings.protocol = name.into();
        self
    }

    /// The length of the longest key that the node takes, in bytes: 4 KiB by default.
    pub fn max_key_len(mut self, bytes: usize) -> Self {
        self.settings.rules.max_key_len = bytes;
        self
    }

    /// The length of the longest value that the node takes, in bytes: 1 MiB by default. All nodes of a network should
    /// have the same limits, since a node cannot even receive what exceeds its own.
    pub fn max_value_len(mut self, bytes: usize) -> Self {
        self.settings.rules.max_value_len = bytes;
        self
    }

    /// How many records the node holds, for itself and for others: 4,096 by default. Any peer may push records to it,
    /// so its memory is bounded only by this number times the lengths of the longest key and the longest value. Peers
    /// may also push records of who provides what; the node keeps none of those.
    ///
    /// A node that is full keeps no further keys. Its own puts to them fail with
    /// [`QueryError::Full`](super::QueryError::Full). It cannot tell peers that it kept nothing, so their puts count
    /// it.
    pub fn max_records(mut self, records: usize) -> Self {
        self.settings.rules.max_records = records;
        self
    }

    /// How long a record is kept before it has to be put again: 48 hours by default, as in other implementations. It
    /// travels in whole seconds. It lasts at least two seconds and at most 136 years: a duration outside counts as the
    /// nearer of the two.
    pub fn record_ttl(mut self, ttl: Duration) -> Self {
        // A record that is sent with less than a whole second left would have zero seconds, and so no end.
        self.settings.record_ttl = ttl.clamp(Duration::from_secs(2), LONGEST);
        self
    }

    /// How many peers a put needs if its options do not say: a [majority](Quorum::Majority) by default.
    pub fn write_quorum(mut self, quorum: Quorum) -> Self {
        self.settings.write_quorum = quorum;
        self
    }

    /// The timeout of calls whose options have none: 60 seconds by default. With `None`, they take as long as the peers
    /// do.
    pub fn default_timeout(mut self, timeout: impl Into<Option<Duration>>) -> Self {
        self.settings.default_timeout = timeout.into();
        self
    }

    /// How long a call waits for a peer, to connect to it and to answer, before it goes on without it: 10 seconds by
    /// default. A silent peer delays a call by this much, unless the call's own timeout is shorter.
    pub fn peer_timeout(mut self, timeout: Duration) -> Self {
        self.settings.peer_timeout = timeout.min(LONGEST);
        self
    }

    /// The validator of the keys that begin with `/name_space/`. A node that has validators refuses keys of all other
    /// name spaces. A node without any takes every key.
    pub fn validator(mut self, name_space: impl Into<String>, validator: impl Validator) -> Self {
        self.settings.rules.validators.insert(name_space.into(), Box::new(validator));
        self
    }

    /// Runs your own behaviour in the same swarm, over the same connections. The task that runs the node calls
    /// `on_event` with each of its events, so that must not block. To control the behaviour while the node runs, it
    /// needs a handle of its own, as the one of `libp2p-stream` has.
    pub fn behaviour<C: NetworkBehaviour>(
        self,
        behaviour: C,
        on_event: impl FnMut(C::ToSwarm) + Send + 'static,
    ) -> Builder<C> {
        Builder { settings: self.settings, behaviour, on_event: Box::new(on_event) }
    }

    /// Starts the node on the current tokio runtime, and waits until it listens.
    ///
    /// # Errors
    ///
    /// [`StartError`] says which setting cannot be used.
    ///
    /// # Panics
    ///
    /// Outside a tokio runtime, and in one whose I/O or timers are not enabled.
    pub async fn start(self) -> Result<KadStore, StartError>
    where
        B: Send,
    {
        #[cfg(feature = "redb")]
        if let Some(file) = &self.settings.file {
            let records = Records::open_as(file, self.settings.identity.clone()).await?;
            return self.start_with(Some(records)).await;
        }
        self.start_with(None).await
    }

    /// Starts the node. Without `records`, it holds them in memory.
    pub(super) async fn start_with(self, records: Option<Records>) -> Result<KadStore, StartError>
    where
        B: Send,
    {
        let addresses = self.settings.listen_on.clone();
        let (mut driver, store) = self.build(records)?;
        driver.listen(addresses).await?;
        tokio::spawn(driver.run());
        Ok(store)
    }

    /// A node that is not running yet, and its first handle.
    pub(super) fn build(self, records: Option<Records>) -> Result<(Driver<B>, KadStore), StartError>
    where
        B: Send,
    {
        let Self { mut settings, behaviour, on_event } = self;
        if let Some(address) = useless_address(&settings) {
            return Err(StartError::Dial { address: address.clone() });
        }
        let identity = settings.identity.take();
        let identity = records.as_ref().and_then(Records::identity).cloned().or(identity);
        let identity = identity.unwrap_or_else(Keypair::generate_ed25519);
        let records = records.unwrap_or_else(|| Records::in_memory(identity.public().to_peer_id()));
        settings.peers.extend(peers_of(&records));
        let protocol = StreamProtocol::try_from_owned(settings.protocol.clone())
            .map_err(|source| StartError::Protocol { name: settings.protocol.clone(), source })?;
        let rules = Arc::new(std::mem::take(&mut settings.rules));

        let (commands, orders) = mpsc::unbounded_channel();
        let shared = Shared {
            peer_id: identity.public().to_peer_id(),
            commands,
            calls: AtomicU64::new(0),
            rules: Arc::clone(&rules),
            write_quorum: settings.write_quorum,
            default_timeout: settings.default_timeout,
            file: records.hold(),
        };
        let upkeep = Upkeep::new(&mut settings);
        let queries = Queries::new(&settings, Arc::clone(&rules), shared.peer_id);
        let swarm = swarm(&settings, &rules, records, identity, protocol.clone(), behaviour)?;
        let mut driver = Driver { swarm, commands: orders, queries, upkeep, protocol, on_event, is_announced: false };
        for address in settings.announced {
            driver.announce(address);
        }
        for (peer, address) in settings.peers {
            driver.add_address(&peer, address);
        }
        driver.join();
        Ok((driver, KadStore { shared: Arc::new(shared) }))
    }
}

/// An address to join by that the node cannot dial, or one of a peer that has no better one. A peer may also have addresses for
/// nodes of other kinds.
fn useless_address(settings: &Settings) -> Option<&Multiaddr> {
    let mut by_peer = settings.peers.iter();
    let is_reached = |peer| settings.peers.iter().any(|(other, address)| other == peer && can_dial(address));
    let of_peers = by_peer.find(|(peer, _)| !is_reached(peer)).map(|(_, address)| address);
    settings.bootstrap.iter().find(|address| !can_dial(address)).or(of_peers)
}

/// The peers that the node knew when it last ran, each once for each of its addresses.
fn peers_of(records: &Records) -> Vec<(PeerId, Multiaddr)> {
    let each =
        records.peers().iter().flat_map(|(peer, addresses)| addresses.iter().map(|address| (*peer, address.clone())));
    each.collect()
}
