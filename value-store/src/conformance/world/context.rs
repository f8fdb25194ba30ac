//! The world that a factory opens its store in.

use std::any::{Any, TypeId};
use std::collections::{BTreeSet, HashMap};
use std::io;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, OnceLock, PoisonError};

use libp2p_identity::PeerId;
use tokio::sync::OnceCell;

use super::disk::Disk;
use super::gate::Gate;
use super::line::Switch;
use super::link::Links;
use super::name;
use super::scratch::Scratch;

/// The world that a factory opens a handle onto.
///
/// Each case has a world of its own. A factory that is called again with the same context opens another handle onto the
/// same world. A restart drops all handles and all shared values, keeps the directory and the name, and calls the factory
/// again. If the store reaches its backend through a [link](Self::link) or a [gate](Self::gate), the suite can interrupt
/// that.
///
/// ```
/// use value_store::{Context, stores::MemoryStore, value_store_tests};
///
/// /// The handles of one world share one store.
/// #[value_store_tests]
/// async fn memory(context: &Context) -> MemoryStore {
///     let store = context.share(async || Ok::<_, String>(MemoryStore::new())).await.unwrap();
///     context.member(store.peer_id());
///     MemoryStore::clone(&store)
/// }
/// # fn main() {}
/// ```
///
/// # A server that runs already
///
/// A factory may start a server for each world. If one runs already, redis or Postgres say, give each world a part of it:
/// a key prefix, a table or a bucket with the [name](Self::name) of the world. No case has to be skipped then. What the
/// worlds leave there is up to you: let it expire, or remove it in a guard that the world [keeps](Self::keep).
///
/// ```
/// # use std::net::SocketAddr;
/// # use value_store::stores::{MemoryStore, Prefixed};
/// # struct RedisStore;
/// # impl RedisStore {
/// #     async fn connect(_: SocketAddr) -> std::io::Result<MemoryStore> { Ok(MemoryStore::new()) }
/// # }
/// use value_store::{Context, ValueStore, value_store_tests};
///
/// #[value_store_tests(shared, convergent, monotonic, linearizable, faults)]
/// async fn on_redis(context: &Context) -> std::io::Result<impl ValueStore> {
///     let address = context.link(([127, 0, 0, 1], 6379).into())?;
///     let store = RedisStore::connect(address).await?;
///     context.member(store.peer_id());
///     Ok(Prefixed::new(store, context.name().to_owned()))
/// }
/// # fn main() {}
/// ```
#[derive(Debug, Default)]
pub struct Context {
    name: OnceLock<String>,
    path: OnceLock<PathBuf>,
    /// What is mounted in the place of the directory.
    disk: OnceLock<Disk>,
    /// Interrupts all links and gates.
    switch: Switch,
    state: Mutex<State>,
}

#[derive(Debug, Default)]
struct State {
    directory: Option<Scratch>,
    shared: HashMap<TypeId, Cell>,
    /// The types of the shared values, in the order in which the values were made.
    order: Vec<TypeId>,
    guards: Vec<Guard>,
    members: BTreeSet<PeerId>,
    links: Option<Links>,
    /// Whether a link or a gate was opened.
    can_fail: bool,
}

type Cell = Arc<OnceCell<Arc<dyn Any + Send + Sync>>>;

struct Guard(#[expect(dead_code, reason = "a guard is there to be dropped")] Box<dyn Any + Send>);

impl std::fmt::Debug for Guard {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.write_str("Guard")
    }
}

impl Context {
    /// The world of another process, which has made its directory and its name.
    pub(crate) fn elsewhere(name: String, directory: PathBuf) -> Self {
        Self { name: name.into(), path: directory.into(), ..Self::default() }
    }

    /// A name that no other world has ever had, on this machine or another: for a table, a bucket or a key prefix on a
    /// server that runs already, and that all worlds share. It has 24 bytes, begins with a small letter, and goes on with
    /// small letters and digits. A restart keeps it. The seed has no part in it: a replay is a new world, and does not meet
    /// what the run before has left on the server.
    ///
    /// ```
    /// use std::sync::LazyLock;
    /// use value_store::stores::{MemoryStore, Prefixed};
    /// use value_store::{Context, value_store_tests};
    ///
    /// /// Stands for a server that runs already.
    /// static SERVER: LazyLock<MemoryStore> = LazyLock::new(MemoryStore::new);
    ///
    /// /// Each world has a part of the server to itself.
    /// #[value_store_tests(shared, convergent, settled, monotonic, linearizable)]
    /// fn on_the_server(context: &Context) -> Prefixed<MemoryStore> {
    ///     context.member(SERVER.peer_id());
    ///     Prefixed::new(SERVER.clone(), context.name().to_owned())
    /// }
    /// # fn main() {
    /// # let report = value_store::conformance::check(async |context| on_the_server(context)).only("factory").run();
    /// # assert!(report.is_success(), "{report}");
    /// # }
    /// ```
    pub fn name(&self) -> &str {
        self.name.get_or_init(name::unused)
    }

    /// A scratch directory, made at the first call. Of what the store can use, only the directory outlives a restart. It
    /// is removed when the case ends.
    ///
    /// # Panics
    ///
    /// If the directory cannot be made below the system's directory for temporary files (`TMPDIR`). The case that asked for
    /// it then fails with that message.
    pub fn dir(&self) -> &Path {
        self.path.get_or_init(|| {
            let directory = Scratch::new();
            let directory = directory.unwrap_or_else(|error| panic!("no scratch directory can be made: {error}"));
            let path = directory.path().to_owned();
            self.state().directory = Some(directory);
            path
        })
    }

    /// A value that is made once in this world, such as a server, a cluster or an open file. The first call makes it. Every
    /// later call until the next restart returns the same value. There is one value for each type `T`: to share two servers
    /// of one type, wrap each in a type of your own, or share both as one value.
    ///
    /// ```
    /// use value_store::{Context, stores::MemoryStore, value_store_tests};
    ///
    /// #[value_store_tests]
    /// async fn memory(context: &Context) -> std::io::Result<MemoryStore> {
    ///     let make = async || {
    ///         std::fs::write(context.dir().join("made"), "once")?;
    ///         std::io::Result::Ok(MemoryStore::new())
    ///     };
    ///     Ok(MemoryStore::clone(&*context.share(make).await?))
    /// }
    /// # fn main() {}
    /// ```
    ///
    /// # Errors
    ///
    /// The error of `make`. Nothing is kept then, and the next call tries again.
    pub async fn share<T, E>(&self, make: impl AsyncFnOnce() -> Result<T, E>) -> Result<Arc<T>, E>
    where
        T: Send + Sync + 'static,
    {
        let type_id = TypeId::of::<T>();
        let cell = Arc::clone(self.state().shared.entry(type_id).or_default());
        let shared = cell.get_or_try_init(async || {
            let value: Arc<dyn Any + Send + Sync> = Arc::new(make().await?);
            self.state().order.push(type_id);
            Ok(value)
        });
        let shared = shared.await?;
        Ok(Arc::clone(shared).downcast().unwrap_or_else(|_| unreachable!("the cell was found by this type")))
    }

    /// A new TCP address on 127.0.0.1 that forwards to `upstream`. Give it to the store in place of `upstream`, so that the
    /// suite can interrupt the connections:
    ///
    /// - During a stall nothing moves and nothing closes. Bytes that are on their way stop, too. New connections are
    ///   accepted, but then wait as well.
    /// - A cut resets the connections on both sides. While it lasts, new connections are reset as soon as they are made.
    /// - Afterwards, stalled bytes move on, and new connections are forwarded again.
    ///
    /// All links and gates of a world are interrupted together. Like [shared](Self::share) values, they end at a restart,
    /// and the factory opens new ones. Each call opens a new link. Several handles may share one.
    ///
    /// ```
    /// # use std::net::SocketAddr;
    /// # struct Client;
    /// # impl Client {
    /// #     fn new(_: SocketAddr) -> value_store::stores::MemoryStore { value_store::stores::MemoryStore::new() }
    /// # }
    /// # struct Server { address: SocketAddr }
    /// # impl Server {
    /// #     async fn start() -> std::io::Result<Self> { Ok(Self { address: ([127, 0, 0, 1], 1).into() }) }
    /// # }
    /// use value_store::{Context, ValueStore, value_store_tests};
    ///
    /// #[value_store_tests(shared, faults)]
    /// async fn client(context: &Context) -> std::io::Result<impl ValueStore> {
    ///     let server = context.share(Server::start).await?;
    ///     Ok(Client::new(context.link(server.address)?))
    /// }
    /// # fn main() {}
    /// ```
    ///
    /// # Errors
    ///
    /// If the system gives no address, or no thread for the links to run on.
    pub fn link(&self, upstream: SocketAddr) -> io::Result<SocketAddr> {
        let mut state = self.state();
        let links = match state.links.take() {
            Some(links) => links,
            None => Links::start()?,
        };
        let address = state.links.insert(links).open(upstream, self.switch.line())?;
        state.can_fail = true;
        Ok(address)
    }

    /// The counterpart of a [link](Self::link) for a backend inside this process. The store passes the gate wherever a
    /// message would go to the backend or come back from it.
    ///
    /// ```
    /// use value_store::conformance::Gate;
    /// use value_store::stores::MemoryStore;
    /// use value_store::{Bytes, Context, Error, GetValueResult, Options, ValueStore, async_trait, value_store_tests};
    ///
    /// /// A store that others reach through a gate.
    /// struct Gated(MemoryStore, Gate);
    ///
    /// impl Gated {
    ///     async fn reach(&self, options: &Options) -> Result<&MemoryStore, Error> {
    ///         match options.timeout() {
    ///             Some(timeout) => tokio::time::timeout(timeout, self.1.pass()).await.unwrap_or(Err(Error::Timeout))?,
    ///             None => self.1.pass().await?,
    ///         }
    ///         Ok(&self.0)
    ///     }
    /// }
    ///
    /// #[async_trait]
    /// impl ValueStore for Gated {
    ///     async fn put(&self, key: &[u8], value: Bytes, options: &Options) -> Result<(), Error> {
    ///         self.reach(options).await?.put(key, value, options).await
    ///     }
    ///
    ///     async fn get(&self, key: &[u8], options: &Options) -> Result<GetValueResult, Error> {
    ///         self.reach(options).await?.get(key, options).await
    ///     }
    /// }
    ///
    /// #[value_store_tests(shared, faults)]
    /// async fn gated(context: &Context) -> Result<Gated, String> {
    ///     let store = context.share(async || Ok::<_, String>(MemoryStore::new())).await?;
    ///     Ok(Gated(MemoryStore::clone(&store), context.gate()))
    /// }
    /// # fn main() {}
    /// ```
    pub fn gate(&self) -> Gate {
        self.state().can_fail = true;
        Gate::new(self.switch.line())
    }

    /// Declares that this peer belongs to the world. Once a world has members, the `from` of every value must be one of
    /// them.
    pub fn member(&self, peer_id: PeerId) {
        self.state().members.insert(peer_id);
    }

    /// Keeps `guard` until the world ends. A restart does not drop it. Guards are dropped after all handles and all shared
    /// values, the last one first.
    pub fn keep(&self, guard: impl Any + Send) {
        self.state().guards.push(Guard(Box::new(guard)));
    }

    pub(crate) fn members(&self) -> BTreeSet<PeerId> {
        self.state().members.clone()
    }

    /// The switch that interrupts all links and gates.
    pub(crate) fn switch(&self) -> &Switch {
        &self.switch
    }

    /// Whether the factory has opened a link.
    pub(crate) fn has_links(&self) -> bool {
        self.state().links.is_some()
    }

    /// Whether the world has a link or a gate to interrupt.
    pub(crate) fn can_fail(&self) -> bool {
        self.state().can_fail
    }

    /// Drops what does not outlive a restart: all shared values, then the links. The last value made goes first, since it
    /// may depend on the others.
    pub(crate) fn restart(&self) {
        loop {
            let mut state = self.state();
            let Some(newest) = state.order.pop() else { break };
            let cell = state.shared.remove(&newest);
            // Unlocked first: the drop of the value may take long, and may use this context.
            drop(state);
            drop(cell);
        }
        let mut state = self.state();
        state.members.clear();
        state.can_fail = false;
        state.links = None;
    }

    /// Ends the world, but leaves its directory.
    pub(crate) fn end(&self) {
        self.restart();
        loop {
            let guard = self.state().guards.pop();
            if guard.is_none() {
                break;
            }
        }
    }

    /// Puts a disk in the place of the directory, for processes that see it. This one does not.
    ///
    /// # Errors
    ///
    /// If this process may not mount one.
    pub(crate) fn put_on_a_disk(&self) -> io::Result<()> {
        if self.disk.get().is_none() {
            // The context is used by one case, which starts one process at a time.
            let _ = self.disk.set(Disk::new(self.dir())?);
        }
        Ok(())
    }

    /// The disk in the place of the directory, if there is one.
    pub(crate) fn disk(&self) -> Option<&Disk> {
        self.disk.get()
    }

    /// Removes the directory, even if something still writes to it.
    pub(crate) fn remove_dir(&self) {
        self.disk.get().into_iter().for_each(Disk::remove);
        let directory = self.state().directory.take();
        // Taken out first: removing it may take long, and must not hold the lock.
        drop(directory);
    }

    fn state(&self) -> std::sync::MutexGuard<'_, State> {
        // Each change of the state is one step, so a panic has left it consistent.
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests;
