use std::collections::HashMap;
use std::collections::hash_map::Entry;
use std::fmt;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use async_trait::async_trait;
use bytes::Bytes;

use super::members::{MembersError, TimeLeft};
use crate::{Error, GetValueResult, Options, ValueStore};

/// Stores in tiers, such as memory over a disk over a network: a get asks one after the other, a put goes to all.
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
/// **The last tier is the authority**: what it has is what the key has. The tiers before it have copies, which are only
/// asked while they are known to agree with it. So the tiers must be written through this store alone; what others write to
/// the last one hides behind the copies.
///
/// # Put
///
/// A put goes to the last tier first, then to the one before it, and so on up to the first. It ends at the first tier that
/// fails, and fails as that one did; the tiers before that keep what they had.
///
/// - If the last tier fails, no other has seen the new value. What the key has is what the last tier has made of the put.
/// - If another one fails, or the put is dropped on the way, the last tier has the new value, and so has the key.
///
/// In either case the tiers may disagree about the key from then on. The store remembers such keys, as well as those with
/// a put under way and those that several puts wrote at the same time, whose order the tiers may have seen differently: a
/// get of one asks the last tier alone, until a later put, with no other beside it, has succeeded on every tier. That costs
/// the memory of these keys, and the copies of their values. A put that the last tier refused as [`Error::InvalidKey`] or
/// [`Error::InvalidValue`] has changed nothing, and is not remembered.
///
/// # Get
///
/// A get returns the first value that a tier finds. A tier that has none, or fails, is passed over for the next one, whose
/// answer is better than an error. Gets copy nothing to the tiers before: a copy made while the value is replaced would
/// hide the new one.
///
/// [`Error::NotFound`] takes every tier that was asked to say so. If none finds a value, and one of them fails otherwise,
/// the get fails with
///
/// - [`Error::Timeout`] where all errors are that or `NotFound`,
/// - [`Error::InvalidKey`] where all are that or `NotFound`,
/// - [`Error::Backend`] with a [`MembersError`], which has them all, in every other case.
///
/// A put fails with the kind of the one error that ended it, or with such a `Backend` where that is `Backend` itself, or a
/// refusal that came after the last tier had taken the value. So an earlier tier should take whatever the last one takes.
///
/// # Time
///
/// The timeout is that of the whole call: each tier gets what those before it have left, and a tier for which none is left
/// is asked for what it can answer at once. The other options reach each tier as they are. Without a timeout, the default
/// of each tier holds for that tier.
///
/// What is left is measured on the system's clock. Where a test has paused that of its runtime, only a tier that ends with
/// a timeout counts: the time that others were asleep for is not seen.
///
/// # What it promises
///
/// The [contract](ValueStore#contract), outages included if its tiers meet them. It is settled if all its tiers are, and then
/// linearizable if they are that too: each get returns what the last tier had at some moment of the get. It is durable if
/// the last tier is; where an earlier one outlives the process too, a put that was under way when that ended may be seen
/// then as if it had never been.
///
/// Handles are shared, and convergent, where they are one store, such as clones of an `Arc` of it. Two stores over the same
/// tiers are not: neither knows for which keys puts of the other have left the tiers in disagreement.
pub struct Tiered {
    tiers: Vec<Arc<dyn ValueStore>>,
    disagreements: Disagreements,
}

impl Tiered {
    /// A store of this one tier, the first.
    #[must_use]
    pub fn new(first: impl ValueStore + 'static) -> Self {
        Self { tiers: vec![Arc::new(first)], disagreements: Disagreements::default() }
    }

    /// Adds a tier behind those before it, as the new last one.
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

/// What puts have left of the agreement about a key.
#[derive(Default)]
struct Puts {
    under_way: usize,
    /// Whether there is no more than one put under way, and has not been since it began.
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
        // No code of others runs under the lock, so a panic cannot have left a half of a change behind.
        self.keys.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// A put under way. Dropped before its end is known, it may have reached some of the tiers.
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
