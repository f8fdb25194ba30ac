//! Members for combined stores: they fail or hang when a test says so, and record their calls.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use tokio::sync::Notify;
use value_store::calls::within;
use value_store::conformance::Gate;
use value_store::stores::{MemoryStore, OpenError, RedbStore};
use value_store::{Bytes, Context, Error, GetValueResult, Options, ValueStore, async_trait};

/// A memory store whose peer is a member of the world.
pub(crate) fn memory(context: &Context) -> MemoryStore {
    let store = MemoryStore::new();
    context.member(store.peer_id());
    store
}

/// A store in a file of this name, whose peer is a member of the world.
pub(crate) async fn redb(context: &Context, name: &str) -> Result<RedbStore, OpenError> {
    let store = RedbStore::open(context.dir().join(name)).await?;
    context.member(store.peer_id());
    Ok(store)
}

/// A store that the suite can cut off: each call passes the gate before and after the call inside.
#[derive(Clone)]
pub(crate) struct Gated<S> {
    inside: S,
    gate: Gate,
}

impl<S> Gated<S> {
    pub(crate) fn new(inside: S, context: &Context) -> Self {
        Self { inside, gate: context.gate() }
    }

    async fn within<T>(&self, options: &Options, call: impl Future<Output = Result<T, Error>>) -> Result<T, Error> {
        let call = async {
            self.gate.pass().await?;
            let result = call.await;
            self.gate.pass().await?;
            result
        };
        within(options.timeout(), call).await
    }
}

#[async_trait]
impl<S: ValueStore> ValueStore for Gated<S> {
    async fn put(&self, key: &[u8], value: Bytes, options: &Options) -> Result<(), Error> {
        self.within(options, self.inside.put(key, value, options)).await
    }

    async fn get(&self, key: &[u8], options: &Options) -> Result<GetValueResult, Error> {
        self.within(options, self.inside.get(key, options)).await
    }
}

/// What a member does with each call.
#[derive(Clone, Copy)]
pub(crate) enum Mood {
    Well,
    /// Fails with this error.
    Failing(fn() -> Error),
    /// Waits until the mood changes, whatever the timeout of the call.
    Hanging,
}

/// A memory store with moods. Clones share everything.
#[derive(Clone)]
pub(crate) struct Moody {
    pub(crate) inside: MemoryStore,
    shared: Arc<Shared>,
}

struct Shared {
    mood: Mutex<Mood>,
    changed: Notify,
    options: Mutex<Vec<Options>>,
    under_way: AtomicUsize,
}

/// A hanging call panics after this time, so that a test does not wait for it for ever.
const PATIENCE: Duration = Duration::from_secs(20);

pub(crate) const DOWN: Mood = Mood::Failing(|| Error::backend("down"));
pub(crate) const TIMED_OUT: Mood = Mood::Failing(|| Error::Timeout);
pub(crate) const REFUSING: Mood = Mood::Failing(|| Error::InvalidValue("too long".into()));

impl Moody {
    pub(crate) fn new() -> Self {
        let shared = Shared {
            mood: Mutex::new(Mood::Well),
            changed: Notify::new(),
            options: Mutex::default(),
            under_way: AtomicUsize::new(0),
        };
        Self { inside: MemoryStore::new(), shared: Arc::new(shared) }
    }

    pub(crate) fn becomes(&self, mood: Mood) {
        *self.shared.mood.lock().unwrap() = mood;
        self.shared.changed.notify_waiters();
    }

    /// The options of all calls so far, in order.
    pub(crate) fn asked(&self) -> Vec<Options> {
        self.shared.options.lock().unwrap().clone()
    }

    pub(crate) fn under_way(&self) -> usize {
        self.shared.under_way.load(Ordering::SeqCst)
    }

    async fn in_its_mood(&self, options: &Options) -> Result<(), Error> {
        self.shared.options.lock().unwrap().push(options.clone());
        self.shared.under_way.fetch_add(1, Ordering::SeqCst);
        let _ended = Ended(&self.shared.under_way);
        loop {
            let changed = self.shared.changed.notified();
            match *self.shared.mood.lock().unwrap() {
                Mood::Well => return Ok(()),
                Mood::Failing(error) => return Err(error()),
                Mood::Hanging => {}
            }
            tokio::time::timeout(PATIENCE, changed).await.expect("a test changes its mood, or drops the call");
        }
    }
}

struct Ended<'a>(&'a AtomicUsize);

impl Drop for Ended<'_> {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::SeqCst);
    }
}

#[async_trait]
impl ValueStore for Moody {
    async fn put(&self, key: &[u8], value: Bytes, options: &Options) -> Result<(), Error> {
        self.in_its_mood(options).await?;
        self.inside.put(key, value, options).await
    }

    async fn get(&self, key: &[u8], options: &Options) -> Result<GetValueResult, Error> {
        self.in_its_mood(options).await?;
        self.inside.get(key, options).await
    }
}

pub(crate) const KEY: &[u8] = b"key";

pub(crate) async fn put(store: &impl ValueStore, value: &'static str) -> Result<(), Error> {
    store.put(KEY, value.into(), &Options::new()).await
}

pub(crate) async fn get(store: &impl ValueStore) -> Result<Bytes, Error> {
    store.get(KEY, &Options::new()).await.map(|found| found.val)
}

/// The value that this member has, whatever its mood.
pub(crate) async fn has(member: &Moody) -> Option<Bytes> {
    get(&member.inside).await.ok()
}

/// Polls a call once, and expects it to be pending.
pub(crate) async fn begin<T>(call: &mut (impl Future<Output = T> + Unpin)) {
    let ended =
        std::future::poll_fn(|context| std::task::Poll::Ready(std::pin::Pin::new(&mut *call).poll(context).is_ready()));
    assert!(!ended.await, "the call has ended");
}
