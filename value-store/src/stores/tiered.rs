use std::collections::HashMap;
use std::collections::hash_map::Entry;
use std::fmt;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use async_trait::async_trait;
use bytes::Bytes;

use super::members::{MembersError, TimeLeft};
use crate::{Error, GetValueResult, Options, ValueStore};

/// Stores in tiers, such as memory over a disk over a network: a get asks one after the other, and a put goes to all.
///
/// ```
/// use value_store::{Options, ValueStore, stores::{MemoryStore, Tiered}};
///
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<(), value_store::Error> {
/// let (memory, network) = (MemoryStore::new(), MemoryStore::new());
/// let store = Tiered::new(memory.clone()).over(network.clone());
///
/// store.put(b"key", "value".into(), &Options::new()).await?;
/// assert_eq!(store.get(b"key", &Options::new()).await?.from, memory.peer_id());
/// assert_eq!(network.get(b"key", &Options::new()).await?.val, "value");
/// # Ok(())
/// # }
/// ```
///
/// **The last tier is the authority**: the value that it has is the value of the key. The tiers before it have copies,
/// and are asked only while they are known to agree with it. So write to the tiers through this store alone: what
/// somebody else writes to the last tier stays hidden behind the copies.
///
/// # Put
///
/// A put goes to the last tier first, then to the one before it, and so on up to the first. It stops at a tier that
/// fails, with the error of that tier; the tiers that it has not reached keep what they had.
///
/// - If the last tier fails, no other tier has seen the new value. The key then has whatever the last tier made of the
///   put.
/// - If another tier fails, or the put is dropped on the way, the last tier has the new value, and so has the key.
///
/// In either case the tiers may disagree about the key from then on. They may also disagree while a put to the key is
/// under way, and after several puts to it ran at the same time, as the tiers may have seen these in different orders.
/// The store remembers all such keys. A get of one of them asks the last tier alone, until a later put, with no other
/// at the same time, has succeeded on every tier. Each such key costs memory, and its copies are of no use meanwhile. A
/// put that the last tier refused with [`Error::InvalidKey`] or [`Error::InvalidValue`] changed nothing, and is not
/// remembered.
///
/// # Get
///
/// A get returns the first value that a tier finds. If a tier has none, or fails, the get goes on to the next tier,
/// whose answer is better than an error. A get copies nothing to earlier tiers: a copy made while the value is being
/// replaced would hide the new one.
///
/// A get returns [`Error::NotFound`] only if every tier that it asked says so. If no tier finds a value, and at least
/// one fails in another way, it returns
///
/// - [`Error::Timeout`] if all errors are `Timeout` or `NotFound`,
/// - [`Error::InvalidKey`] if all errors are `InvalidKey` or `NotFound`,
/// - [`Error::Backend`] in every other case, with a [`MembersError`] that holds all errors.
///
/// A put returns an error of the same kind as the one that stopped it, with two exceptions: it returns `Backend`, with
/// a `MembersError`, if that error was `Backend` itself, or if an earlier tier refused what the last tier had taken. So
/// an earlier tier should take whatever the last one takes.
///
/// # Time
///
/// The timeout is for the whole call. Each tier gets the time that is left when its turn comes; if none is left, it is
/// asked for what it can answer at once. The other options reach each tier as they are. Without a timeout, each tier
/// applies its own default.
///
/// The time is measured on the system's clock, which does not see how a paused tokio clock jumps ahead. So in a test
/// with such a clock, only a tier that returns `Timeout` uses up the time of the call.
///
/// # What it promises
///
/// It keeps the [contract](ValueStore#contract), and meets outages if its tiers do. It is settled if all its tiers are.
/// It is linearizable, and so monotonic, if all its tiers are both settled and linearizable: each get returns what the last
/// tier had at some moment of the get. It is durable if the last tier is.
///
/// **An earlier tier should end with the process**, as memory does, or be emptied when it is opened. The store forgets
/// with the process about which keys the tiers disagree. So a tier that outlives the process may have an older value
/// than gets returned before, for a key whose last put failed, was under way at the end, or ran beside another put; and
/// it returns that value until the next put to the key fails or succeeds. Over such a tier, the store is durable for
/// what puts one after the other have acknowledged, but neither settled nor linearizable.
///
/// Handles are shared and convergent if they are one store, such as clones of an `Arc` of it. Two stores over the same
/// tiers are neither: neither of them knows for which keys the other's puts left the tiers in disagreement.
pub struct Tiered {
    tiers: Vec<Arc<dyn ValueStore>>,
    disagreements: Disagreements,
}

impl Tiered {
    /// A store of one tier, the first.
    #[must_use]
    pub fn new(first: impl ValueStore + 'static) -> Self {
        Self { tiers: vec![Arc::new(first)], disagreements: Disagreements::default() }
    }

    /// Adds a tier behind the others, as the new last one.
    #[must_use]
    pub fn over(mut self, next: impl ValueStore + 'static) -> Self {
        self.tiers.push(Arc::new(next));
        self
    }

    /// The tiers with their numbers, from the first to the last.
    fn tiers(&self) -> impl DoubleEndedIterator<Item = (usize, &Arc<dyn ValueStore>)> {
        self.tiers.iter().enumerate().map(|(index, tier)| (index + 1, tier))
    }
}

impl fmt::Debug for Tiered {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_struct("Tiered").field("tiers", &self.tiers.len()).finish_non_exhaustive()
    }
}

#[async_trait]
impl ValueStore for Tiered {
    async fn put(&self, key: &[u8], value: Bytes, options: &Options) -> Result<(), Error> {
        let (mut time, mut members) = (TimeLeft::of(options), MembersError::default());
        let put = self.disagreements.begin_put(key);
        for (number, tier) in self.tiers().rev() {
            match tier.put(key, value.clone(), time.options()).await {
                Ok(()) => members.add_success(),
                Err(error) => {
                    members.add(number, error);
                    let error = Error::from(members);
                    if error.is_invalid_key() || error.is_invalid_value() {
                        put.end(End::NothingChanged);
                    }
                    return Err(error);
                }
            }
        }
        put.end(End::OnEveryTier);
        Ok(())
    }

    async fn get(&self, key: &[u8], options: &Options) -> Result<GetValueResult, Error> {
        let (mut time, mut members) = (TimeLeft::of(options), MembersError::default());
        let passed_over = if self.disagreements.include(key) { self.tiers.len() - 1 } else { 0 };
        for (number, tier) in self.tiers().skip(passed_over) {
            match tier.get(key, time.options()).await {
                Ok(found) => return Ok(found),
                Err(error) => {
                    time.after(&error);
                    members.add(number, error);
                }
            }
        }
        Err(members.into())
    }
}

/// The keys about which the tiers may disagree.
#[derive(Default)]
struct Disagreements {
    keys: Mutex<HashMap<Box<[u8]>, Puts>>,
}

/// What puts have done to the agreement about a key.
#[derive(Default)]
struct Puts {
    under_way: usize,
    /// Whether the last put that began has been alone from its beginning.
    is_alone: bool,
    /// Whether the tiers may disagree even when no put is under way.
    is_unsure: bool,
}

/// What is known of a put when it ends.
#[derive(Clone, Copy)]
enum End {
    OnEveryTier,
    NothingChanged,
    Unknown,
}

impl Disagreements {
    fn include(&self, key: &[u8]) -> bool {
        self.keys().contains_key(key)
    }

    fn begin_put(&self, key: &[u8]) -> Put<'_> {
        let key: Box<[u8]> = key.into();
        let mut keys = self.keys();
        let puts = keys.entry(key.clone()).or_default();
        puts.is_alone = puts.under_way == 0;
        puts.under_way += 1;
        drop(keys);
        Put { disagreements: self, key, end: End::Unknown }
    }

    fn end_put(&self, key: Box<[u8]>, end: End) {
        let mut keys = self.keys();
        let Entry::Occupied(mut entry) = keys.entry(key) else {
            unreachable!("a key stays for as long as a put to it is under way")
        };
        let puts = entry.get_mut();
        puts.under_way -= 1;
        puts.is_unsure = match end {
            End::OnEveryTier => !puts.is_alone,
            End::NothingChanged => puts.is_unsure,
            End::Unknown => true,
        };
        if puts.under_way == 0 && !puts.is_unsure {
            entry.remove();
        }
    }

    fn keys(&self) -> MutexGuard<'_, HashMap<Box<[u8]>, Puts>> {
        // Only code of this file runs under the lock, so a panic cannot have left half a change behind.
        self.keys.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// A put under way. If it is dropped before its end is known, it may have reached some of the tiers.
struct Put<'a> {
    disagreements: &'a Disagreements,
    key: Box<[u8]>,
    end: End,
}

impl Put<'_> {
    fn end(mut self, end: End) {
        self.end = end;
    }
}

impl Drop for Put<'_> {
    fn drop(&mut self) {
        self.disagreements.end_put(std::mem::take(&mut self.key), self.end);
    }
}
