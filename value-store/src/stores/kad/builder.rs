//! How a node is put together and started.

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
use super::records::Validator;
use super::settings::Settings;
use super::store::{KadStore, Shared};
use super::swarm::swarm;

/// Stands for every longer duration: the longest that a record can say of its time, in seconds. Libp2p adds durations to the
/// present time and panics when that overflows.
const LONGEST: Duration = Duration::from_secs(u32::MAX as u64);

/// Makes a [`KadStore`]. Everything has a default; a node that is to be part of a network needs at least one
/// [peer](Self::peer), or an [address to listen on](Self::listen_on) under which others know it.
///
/// `B` is a [behaviour](Self::behaviour) of the user's own.
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
    /// What a node is made of, to be started.
    pub fn builder() -> Builder {
        Builder {
            settings: Settings::default(),
            behaviour: dummy::Behaviour,
            on_event: Box::new(|never| match never {}),
        }
    }
}

impl<B: NetworkBehaviour> Builder<B> {
    /// The node's key pair, from which its peer id follows. By default it is a new one at each start.
    pub fn identity(mut self, identity: Keypair) -> Self {
        self.settings.identity = Some(identity);
        self
    }

    /// An address to listen on, such as `/ip4/0.0.0.0/tcp/4001`, or with port 0 for any that is free; more than one may be
    /// given. A node that listens nowhere holds no records.
    ///
    /// Somebody who listens there already makes the start fail, and so does a node whose last handle was dropped a moment
    /// ago, until it has ended.
    pub fn listen_on(mut self, address: Multiaddr) -> Self {
        self.settings.listen_on.push(address);
        self
    }

    /// An address under which others reach this node, as [`KadStore::announce`] has it.
    pub fn announce(mut self, address: Multiaddr) -> Self {
        self.settings.announced.push(address);
        self
    }

    /// A peer of the network, and an address of it; more than one may be given. Others are learned from them. They are
    /// dialled when there is something to ask.
    pub fn peer(mut self, peer: PeerId, address: Multiaddr) -> Self {
        self.settings.peers.push((peer, address));
        self
    }

    /// The name of the protocol, which tells one network from another: `/value-store/kad/1.0.0` by default.
    pub fn protocol(mut self, name: impl Into<String>) -> Self {
        self.settings.protocol = name.into();
        self
    }

    /// The length of the longest key that the node takes, in bytes: 4 KiB by default.
    pub fn max_key_len(mut self, bytes: usize) -> Self {
        self.settings.rules.max_key_len = bytes;
        self
    }

    /// The length of the longest value that the node takes, in bytes: 1 MiB by default. All nodes of a network should have
    /// the same limits, since those with lower ones cannot even receive what is longer.
    pub fn max_value_len(mut self, bytes: usize) -> Self {
        self.settings.rules.max_value_len = bytes;
        self
    }

    /// How many records the node holds, for itself and for others: 4,096 by default. Any peer may push records to it, so
    /// its memory is bounded by this number times the lengths of the longest key and value, and not by less. It holds no
    /// records of who provides what, which peers may push as well.
    ///
    /// A node that is full keeps no further keys, and fails puts of its own to them with [`QueryError::Full`](super::QueryError::Full). It cannot
    /// tell peers that it kept nothing: their puts count it in.
    pub fn max_records(mut self, records: usize) -> Self {
        self.settings.rules.max_records = records;
        self
    }

    /// How long a record is kept before it has to be put again: 48 hours by default, as in other implementations. It
    /// travels in whole seconds, and is two at least and 136 years at most.
    pub fn record_ttl(mut self, ttl: Duration) -> Self {
        // With less than a whole second left when it is sent, a record would be one without an end.
        self.settings.record_ttl = ttl.clamp(Duration::from_secs(2), LONGEST);
        self
    }

    /// How many peers a put needs where its options do not say: a [majority](Quorum::Majority) by default.
    pub fn write_quorum(mut self, quorum: Quorum) -> Self {
        self.settings.write_quorum = quorum;
        self
    }

    /// The timeout of calls whose options have none: 60 seconds by default. With `None` they take as long as the peers do.
    pub fn default_timeout(mut self, timeout: impl Into<Option<Duration>>) -> Self {
        self.settings.default_timeout = timeout.into();
        self
    }

    /// How long a peer may take to be connected to, and to answer, before a call goes on without it: 10 seconds by
    /// default. It is what one silent peer costs a call whose own timeout is longer.
    pub fn peer_timeout(mut self, timeout: Duration) -> Self {
        self.settings.peer_timeout = timeout.min(LONGEST);
        self
    }

    /// The validator of the keys that begin with `/name_space/`. A node with a validator refuses keys of any name space
    /// that it has none for; a node without takes every key.
    pub fn validator(mut self, name_space: impl Into<String>, validator: impl Validator) -> Self {
        self.settings.rules.validators.insert(name_space.into(), Box::new(validator));
        self
    }

    /// Runs a behaviour of the user's own in the same swarm, over the same connections, and hands over its events on the
    /// task that runs the node. To be given orders while it runs, a behaviour needs a handle of its own, as that of
    /// `libp2p-stream` has.
    pub fn behaviour<C: NetworkBehaviour>(
        self,
        behaviour: C,
        on_event: impl FnMut(C::ToSwarm) + Send + 'static,
    ) -> Builder<C> {
        Builder { settings: self.settings, behaviour, on_event: Box::new(on_event) }
    }

    /// Starts the node on the tokio runtime that this is called in, and waits until it listens.
    ///
    /// # Errors
    ///
    /// [`StartError`] says what cannot be used.
    ///
    /// # Panics
    ///
    /// Outside a tokio runtime, and in one whose I/O or timers are not enabled.
    pub async fn start(self) -> Result<KadStore, StartError>
    where
        B: Send,
    {
        let addresses = self.settings.listen_on.clone();
        let (mut driver, store) = self.build()?;
        driver.listen(addresses).await?;
        tokio::spawn(driver.run());
        Ok(store)
    }

    /// A node that does not run yet, and its first handle.
    pub(super) fn build(self) -> Result<(Driver<B>, KadStore), StartError>
    where
        B: Send,
    {
        let Self { mut settings, behaviour, on_event } = self;
        let identity = settings.identity.take().unwrap_or_else(Keypair::generate_ed25519);
        let protocol = StreamProtocol::try_from_owned(settings.protocol.clone())
            .map_err(|source| StartError::Protocol { name: settings.protocol.clone(), source })?;
        let rules = Arc::new(std::mem::take(&mut settings.rules));
        let swarm = swarm(&settings, &rules, identity, protocol.clone(), behaviour)?;

        let (commands, orders) = mpsc::unbounded_channel();
        let shared = Shared {
            peer_id: *swarm.local_peer_id(),
            commands,
            calls: AtomicU64::new(0),
            rules: Arc::clone(&rules),
            write_quorum: settings.write_quorum,
            default_timeout: settings.default_timeout,
        };
        let queries = Queries::new(&settings, rules, shared.peer_id);
        let mut driver = Driver { swarm, commands: orders, queries, protocol, on_event, is_announced: false };
        for address in settings.announced {
            driver.announce(address);
        }
        for (peer, address) in settings.peers {
            driver.add_address(&peer, address);
        }
        Ok((driver, KadStore { shared: Arc::new(shared) }))
    }
}
