//! Stores that are wrong on purpose, each in one way, and the cases that have to catch it. No case may go unused: one that
//! no fault fails would hold a store to nothing.

mod calls;
mod histories;
mod keys;
mod puts;
mod races;
mod values;
mod worlds;

use std::collections::{BTreeSet, HashMap};
use std::pin::Pin;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use bytes::Bytes;
use libp2p_identity::PeerId;
use tokio::sync::Semaphore;

use crate::conformance::Context;
use crate::conformance::runner::run_case;
use crate::conformance::seed::Seed;
use crate::conformance::subject::{Settings, Subject, into_store};
use crate::conformance::suite::CASES;
use crate::{Error, GetValueResult, Options, ValueStore};

/// A map, as a right store would use it, and places for faults to keep what they need.
pub(super) struct Base {
    pub(super) values: Mutex<HashMap<Vec<u8>, Bytes>>,
    /// What a fault remembers.
    pub(super) other: Mutex<HashMap<Vec<u8>, Bytes>>,
    pub(super) count: AtomicUsize,
    pub(super) deadline: Mutex<Option<tokio::time::Instant>>,
    pub(super) permits: Semaphore,
}

impl Default for Base {
    fn default() -> Self {
        Self {
            values: Mutex::default(),
            other: Mutex::default(),
            count: AtomicUsize::new(0),
            deadline: Mutex::default(),
            permits: Semaphore::new(100),
        }
    }
}

impl Base {
    pub(super) fn read(&self, key: &[u8]) -> Result<Bytes, Error> {
        self.values.lock().unwrap().get(key).cloned().ok_or(Error::NotFound)
    }

    #[expect(clippy::unnecessary_wraps, reason = "it is how most puts end")]
    pub(super) fn write(&self, key: &[u8], value: Bytes) -> Result<(), Error> {
        self.values.lock().unwrap().insert(key.to_vec(), value);
        Ok(())
    }

    pub(super) fn next(&self) -> usize {
        self.count.fetch_add(1, Ordering::SeqCst)
    }
}

pub(super) type Answer<'a, T> = Pin<Box<dyn Future<Output = Result<T, Error>> + Send + 'a>>;
pub(super) type Put = for<'a> fn(&'a Arc<Base>, &'a [u8], Bytes, &'a Options) -> Answer<'a, ()>;
pub(super) type Get = for<'a> fn(&'a Arc<Base>, &'a [u8], &'a Options) -> Answer<'a, Bytes>;

/// What a store does at each step; a fault replaces one of them.
#[derive(Clone, Copy)]
pub(super) struct Steps {
    pub(super) key: fn(&[u8]) -> Vec<u8>,
    pub(super) put_value: fn(Bytes) -> Bytes,
    pub(super) got_value: fn(Bytes) -> Bytes,
    /// What a put does when it is called, before its future is polled.
    pub(super) before_put: fn(&Arc<Base>, &[u8], &Bytes),
    pub(super) limits: fn(&[u8], &[u8]) -> Result<(), Error>,
    /// What a call does before anything else, such as to refuse an option.
    pub(super) first: fn(&Base, &Options) -> Result<(), Error>,
    pub(super) put: Put,
    pub(super) get: Get,
    /// The peer that a value is from, given the one that the factory named.
    pub(super) from: fn(&Base, PeerId) -> PeerId,
    /// What a new handle starts with, given what the last handle onto the world had.
    pub(super) opened: fn(Option<Arc<Base>>) -> Arc<Base>,
    pub(super) dropped: fn(&Base),
}

pub(super) const RIGHT: Steps = Steps {
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
    dropped: |_| {},
};

const MAX_KEY_LEN: usize = 80_000;
const MAX_VALUE_LEN: usize = 1 << 20;

struct Store {
    steps: Steps,
    base: Arc<Base>,
    peer_id: PeerId,
}

// Written without `async_trait`, whose functions can do nothing before their first poll.
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

/// The limits of a right store of this kind.
pub(super) const SETTINGS: Settings =
    Settings { max_key_len: Some(MAX_KEY_LEN), max_value_len: Some(MAX_VALUE_LEN), ..Settings::DEFAULT };

pub(super) fn subject(steps: Steps, settings: Settings) -> &'static Subject {
    let bases: Mutex<HashMap<usize, Arc<Base>>> = Mutex::default();
    let open = move |context: &'static Context| {
        let world = std::ptr::from_ref(context).addr();
        let base = (steps.opened)(bases.lock().unwrap().remove(&world));
        bases.lock().unwrap().insert(world, Arc::clone(&base));
        let peer_id = PeerId::random();
        context.member(peer_id);
        Box::pin(async move { into_store(Store { steps, base, peer_id }) }) as _
    };
    let subject =
        Subject { name: "wrong", module: "wrong", file: "", line: 0, open: Box::leak(Box::new(open)), settings };
    Box::leak(Box::new(subject))
}

/// The cases that fail on a store with these steps, of those that are asked for.
fn failing(steps: Steps, asked: impl Fn(&str) -> bool) -> BTreeSet<&'static str> {
    // Some faults are caught by the deadline.
    let subject = subject(steps, Settings { deadline: Duration::from_secs(3), ..SETTINGS });
    let cases = CASES.iter().filter(|case| !case.path.ends_with("::to_come") && asked(case.path));
    cases.filter(|case| run_case(subject, case, Seed(1)).failure.is_some()).map(|case| case.path).collect()
}

/// All but those in [`histories`], which has a stricter test of its own.
const FAULTS: &[&[Wrong]] = &[
    keys::FAULTS,
    values::FAULTS,
    puts::FAULTS,
    calls::TIMEOUTS,
    calls::OPTIONS,
    calls::GETS,
    calls::SOURCES,
    races::FAULTS,
    worlds::FAULTS,
];

/// A fault, and cases that have to catch it.
#[derive(Clone)]
struct Wrong {
    name: &'static str,
    steps: Steps,
    caught_by: &'static [&'static str],
}

const fn wrong(name: &'static str, caught_by: &'static [&'static str], steps: Steps) -> Wrong {
    Wrong { name, steps, caught_by }
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

#[test]
fn a_right_store_passes() {
    assert_eq!(failing(RIGHT, |_| true), BTreeSet::new());
}

#[test]
fn every_fault_is_caught_and_every_case_catches_one() {
    let faults = FAULTS.concat();
    let missed = Mutex::new(Vec::new());
    let next = AtomicUsize::new(0);
    // Many faults show only when a deadline or a timeout passes; they wait for it side by side.
    std::thread::scope(|scope| {
        for _ in 0..16 {
            scope.spawn(|| {
                while let Some(wrong) = faults.get(next.fetch_add(1, Ordering::SeqCst)) {
                    let cases = wrong.missed();
                    missed.lock().unwrap().extend(cases);
                }
            });
        }
    });
    let missed = missed.into_inner().unwrap();
    let caught: BTreeSet<_> =
        faults.iter().chain(histories::FAULTS).flat_map(|wrong| wrong.caught_by).copied().collect();
    let idle = CASES.iter().map(|case| case.path).filter(|path| !path.ends_with("::to_come") && !caught.contains(path));
    let idle: Vec<_> = idle.collect();
    assert!(missed.is_empty() && idle.is_empty(), "not caught: {missed:#?}\ncatch nothing: {idle:#?}");
}

impl Wrong {
    /// The cases that should have caught the fault and did not.
    fn missed(&self) -> Vec<String> {
        let failing = failing(self.steps, |path| self.caught_by.contains(&path));
        let missed = self.caught_by.iter().filter(|case| !failing.contains(*case));
        missed.map(|case| format!("{}: {case}", self.name)).collect()
    }
}
