//! A right store, made of steps that a fault can replace one at a time.

use std::collections::HashMap;
use std::pin::Pin;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, OnceLock};
use std::time::Duration;

use tokio::sync::Semaphore;
use value_store::conformance::records::Records;
use value_store::conformance::{Check, Claim, Gate, check};
use value_store::{Bytes, Context, Error, GetValueResult, Options, PeerId, ValueStore};

use crate::tcp::Client;

/// The map of a right store, and places for what faults keep.
pub(crate) struct Base {
    pub(crate) values: Arc<Mutex<HashMap<Vec<u8>, Bytes>>>,
    /// What a fault remembers.
    pub(crate) other: Mutex<HashMap<Vec<u8>, Bytes>>,
    pub(crate) count: AtomicUsize,
    /// Unique to this one.
    pub(crate) number: usize,
    pub(crate) deadline: Mutex<Option<tokio::time::Instant>>,
    pub(crate) permits: Semaphore,
    pub(crate) lock: tokio::sync::Mutex<()>,
    /// Stands for a log on disk.
    pub(crate) log: Mutex<Vec<(Vec<u8>, Bytes)>>,
    /// Set where the suite can put the values out of reach.
    pub(crate) gate: OnceLock<Gate>,
    /// Set where the values are on a server.
    pub(crate) client: OnceLock<Client>,
}

static BASES: AtomicUsize = AtomicUsize::new(0);

impl Default for Base {
    fn default() -> Self {
        Self {
            values: Arc::default(),
            other: Mutex::default(),
            count: AtomicUsize::new(0),
            number: BASES.fetch_add(1, Ordering::SeqCst),
            deadline: Mutex::default(),
            permits: Semaphore::new(100),
            lock: tokio::sync::Mutex::default(),
            log: Mutex::default(),
            gate: OnceLock::new(),
            client: OnceLock::new(),
        }
    }
}

impl Base {
    pub(crate) fn read(&self, key: &[u8]) -> Result<Bytes, Error> {
        self.values.lock().unwrap().get(key).cloned().ok_or(Error::NotFound)
    }

    #[expect(clippy::unnecessary_wraps, reason = "it is how most puts end")]
    pub(crate) fn write(&self, key: &[u8], value: Bytes) -> Result<(), Error> {
        self.values.lock().unwrap().insert(key.to_vec(), value);
        Ok(())
    }

    /// Waits while the values are out of reach.
    pub(crate) async fn pass(&self) -> Result<(), Error> {
        match self.gate.get() {
            Some(gate) => gate.pass().await,
            None => Ok(()),
        }
    }

    pub(crate) fn next(&self) -> usize {
        self.count.fetch_add(1, Ordering::SeqCst)
    }
}

pub(crate) type Answer<'a, T> = Pin<Box<dyn Future<Output = Result<T, Error>> + Send + 'a>>;
pub(crate) type Put = for<'a> fn(&'a Arc<Base>, &'a [u8], Bytes, &'a Options) -> Answer<'a, ()>;
pub(crate) type Get = for<'a> fn(&'a Arc<Base>, &'a [u8], &'a Options) -> Answer<'a, Bytes>;
type Reach = for<'a> fn(&'a Base, &'a Context) -> Answer<'a, ()>;

/// A put or a get: the body of the closure may await.
macro_rules! step {
    (|$($argument:pat_param),*| $body:expr) => {
        |$($argument),*| Box::pin(async move { $body })
    };
}
pub(crate) use step;

/// What a store does at each step. A fault replaces one of them, or a few.
#[derive(Clone, Copy)]
pub(crate) struct Steps {
    pub(crate) key: fn(&[u8]) -> Vec<u8>,
    pub(crate) put_value: fn(Bytes) -> Bytes,
    pub(crate) got_value: fn(Bytes) -> Bytes,
    /// What a put does when it is called, before its future is polled.
    pub(crate) before_put: fn(&Arc<Base>, &[u8], &Bytes),
    pub(crate) limits: fn(&[u8], &[u8]) -> Result<(), Error>,
    /// What a call does before anything else, such as to refuse an option.
    pub(crate) first: fn(&Base, &Options) -> Result<(), Error>,
    pub(crate) put: Put,
    pub(crate) get: Get,
    /// The peer that a value is from, given the one that the factory named.
    pub(crate) from: fn(&Base, PeerId) -> PeerId,
    /// What a new handle starts with, given what the last handle onto the world had.
    pub(crate) opened: fn(Option<Arc<Base>>) -> Arc<Base>,
    /// How a new handle connects to the values, where they are not in memory.
    pub(crate) reach: Reach,
    pub(crate) dropped: fn(&Base),
    /// Makes keys and values that the store takes, where it validates them.
    pub(crate) records: Option<&'static dyn Records>,
    /// How long a put may take to be seen through other handles.
    pub(crate) propagation: Duration,
}

pub(crate) const RIGHT: Steps = Steps {
    key: <[u8]>::to_vec,
    put_value: |value| value,
    got_value: |value| value,
    before_put: |_, _, _| {},
    limits: |key, value| match (key.len() > MAX_KEY_LEN, value.len() > MAX_VALUE_LEN) {
        (true, _) => Err(Error::InvalidKey("too long".into())),
        (_, true) => Err(Error::InvalidValue("too long".into())),
        _ => Ok(()),
    },
    first: |_, _| Ok(()),
    put: |base, key, value, _| Box::pin(async move { base.write(key, value) }),
    get: |base, key, _| Box::pin(async move { base.read(key) }),
    from: |_, peer_id| peer_id,
    opened: |last| last.unwrap_or_default(),
    reach: |_, _| Box::pin(async { Ok(()) }),
    dropped: |_| {},
    records: None,
    propagation: Duration::ZERO,
};

pub(crate) const MAX_KEY_LEN: usize = 80_000;
pub(crate) const MAX_VALUE_LEN: usize = 1 << 20;

struct Store {
    steps: Steps,
    base: Arc<Base>,
    peer_id: PeerId,
}

/// What most mutants claim.
pub(crate) const CLAIMS: &[Claim] = &[Claim::Durable, Claim::Settled];

/// All that the right store can claim. Threads race in every case of `Linearizable`.
pub(crate) const ALL_CLAIMS: &[Claim] = &[Claim::Durable, Claim::Settled, Claim::Linearizable];

/// The cases in which threads race. How they meet is up to the machine, so which of these cases fail may differ from run to
/// run, unless the fault is about races: that has to be caught each time.
pub(crate) const RACES: &[&str] = &[
    "concurrency::distinct_keys_all_land",
    "concurrency::same_key_one_whole_value",
    "concurrency::read_beside_write_old_or_new",
    "concurrency::completed_put_seen_by_other_tasks",
    "concurrency::reads_do_not_go_back",
    "concurrency::misses_beside_puts",
    "concurrency::gets_side_by_side",
    "concurrency::large_put_beside_small_calls",
    "monotonic::gets_of_several_threads",
];

/// The cases that draw calls with short timeouts at random. Which of these time out depends on how fast the machine is, and
/// so does whether a later call comes soon enough to see what they leave behind.
pub(crate) const RANDOM_TIMEOUTS: &[&str] = &["model::with_options_and_timeouts", "model::with_reopening"];

/// The suite on the store with these steps, which claims this, and the limits of the right store.
#[track_caller]
pub(crate) fn suite(steps: Steps, claims: &[Claim]) -> Check {
    let worlds = Arc::new(Worlds::default());
    let open = async move |context: &'static Context| {
        let world = std::ptr::from_ref(context).addr();
        let last = worlds.lock().unwrap().remove(&world);
        if last.is_none() {
            context.keep(World(Arc::clone(&worlds), world));
        }
        let base = (steps.opened)(last);
        (steps.reach)(&base, context).await?;
        worlds.lock().unwrap().insert(world, Arc::clone(&base));
        let peer_id = PeerId::random();
        context.member(peer_id);
        Ok::<_, Error>(Store { steps, base, peer_id })
    };
    let check = check(open).max_key_len(MAX_KEY_LEN).max_value_len(MAX_VALUE_LEN).propagation(steps.propagation);
    let check = match steps.records {
        Some(records) => check.records(records),
        None => check,
    };
    claims.iter().fold(check, |check, claim| check.claim(*claim))
}

/// What is durable in each world: it stands for files.
type Worlds = Mutex<HashMap<usize, Arc<Base>>>;

/// Removes what is durable when its world ends.
struct World(Arc<Worlds>, usize);

impl Drop for World {
    fn drop(&mut self) {
        self.0.lock().unwrap().remove(&self.1);
    }
}

// Not with `async_trait`, whose functions do nothing before their first poll.
impl ValueStore for Store {
    fn put<'s, 'k, 'o, 'f>(&'s self, key: &'k [u8], value: Bytes, options: &'o Options) -> Answer<'f, ()>
    where
        's: 'f,
        'k: 'f,
        'o: 'f,
    {
        (self.steps.before_put)(&self.base, key, &value);
        Box::pin(async move {
            (self.steps.first)(&self.base, options)?;
            (self.steps.limits)(key, &value)?;
            (self.steps.put)(&self.base, &(self.steps.key)(key), (self.steps.put_value)(value), options).await
        })
    }

    fn get<'s, 'k, 'o, 'f>(&'s self, key: &'k [u8], options: &'o Options) -> Answer<'f, GetValueResult>
    where
        's: 'f,
        'k: 'f,
        'o: 'f,
    {
        Box::pin(async move {
            (self.steps.first)(&self.base, options)?;
            (self.steps.limits)(key, &[])?;
            let val = (self.steps.get)(&self.base, &(self.steps.key)(key), options).await?;
            Ok(GetValueResult { from: (self.steps.from)(&self.base, self.peer_id), val: (self.steps.got_value)(val) })
        })
    }
}

impl Drop for Store {
    fn drop(&mut self) {
        (self.steps.dropped)(&self.base);
    }
}
