//! Whatever several threads do to a key at the same time, some order of their calls explains all that they were told. Each
//! put has a value of its own, so that this can be decided.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use bytes::Bytes;
use fastrand::Rng;
use tokio::sync::Notify;

use super::concurrency::OnDrop;
use crate::conformance::history::{Call, Expected, Failure, Kind, Operation, Outcome, Verdict};
use crate::conformance::linearizability;
use crate::conformance::session::{Budget, Handle, Session};
use crate::conformance::subject::Claim;

const THREADS: usize = 4;

/// Each has keys of its own: calls beside the first put to a key are worth as many tries as those after it.
const ROUNDS: usize = 64;

/// How many calls a thread makes in a round.
const CALLS: usize = 8;

pub(crate) async fn one_register(case: &Session) -> Verdict {
    race(case, 1, call).await
}

pub(crate) async fn several_registers(case: &Session) -> Verdict {
    race(case, 3, call).await
}

pub(crate) async fn with_timed_out_and_dropped_calls(case: &Session) -> Verdict {
    race(case, 1, call_or_give_up).await
}

/// Makes calls from several threads on so many keys, round after round on other ones, and judges what came of them.
async fn race<C>(case: &Session, registers: usize, call: C) -> Verdict
where
    C: AsyncFn(&Handle, &Bytes, &Bytes, &mut Rng) -> Verdict + Copy + Send + Sync + 'static,
{
    let handles = case.open_several(if has_peers(case) { THREADS } else { 1 }).await?;
    let store = handles[0].clone();
    let round = |round| (0..registers).map(|register| case.key(format!("r{round}k{register}"))).collect();
    let rounds: Vec<Vec<_>> = (0..ROUNDS).map(round).collect();
    let (seed, start) = (case.random(|random| random.u64(..)), Start::new(case));
    let raced = rounds.clone();
    let begun = case.on_threads(THREADS, async move |thread| {
        let (mut random, _gone) = (Rng::with_seed(seed.wrapping_add(thread as u64)), start.racer());
        let to = &handles[thread % handles.len()];
        for (round, keys) in raced.iter().enumerate() {
            if !start.comes(round).await {
                return Ok(round);
            }
            for number in (0..CALLS).take_while(|_| start.budget.is_left()) {
                let value = Bytes::from(format!("{round}.{thread}.{number}"));
                call(to, &keys[random.usize(..registers)], &value, &mut random).await?;
            }
        }
        Ok(ROUNDS)
    });
    let begun = begun.await?.into_iter().max().unwrap_or(0);
    // What a put left behind has landed by now, where it should and where it should not.
    for key in rounds[..begun].iter().flatten() {
        store.start_get(key).await.expect(Expected::AnyValueOrMissing)?;
    }
    judge(&case.history().operations())
}

/// Whether each thread has a handle of its own. Where puts take a while to be seen through others, only the calls through
/// one can be linearizable.
fn has_peers(case: &Session) -> bool {
    case.is_claimed(Claim::Shared) && case.settings().propagation.is_zero()
}

async fn call(store: &Handle, key: &Bytes, value: &Bytes, random: &mut Rng) -> Verdict {
    if random.bool() {
        store.put(key, value).await
    } else {
        store.start_get(key).await.expect(Expected::AnyValueOrMissing)
    }
}

async fn call_or_give_up(store: &Handle, key: &Bytes, value: &Bytes, random: &mut Rng) -> Verdict {
    match random.u8(..4) {
        0 => call_with_timeout(store, key, value, random).await,
        1 => call_and_drop(store, key, value, random).await,
        // Behind what was given up it may take longer than the store allows for one call.
        _ => call(&store.patient(), key, value, random).await,
    }
}

async fn call_with_timeout(store: &Handle, key: &Bytes, value: &Bytes, random: &mut Rng) -> Verdict {
    let store = store.with_timeout(Duration::from_micros(1 << random.u32(..12)));
    if random.bool() {
        store.start_put(key, value).await.expect(Expected::Stored.or_timeout())
    } else {
        store.start_get(key).await.expect(Expected::AnyValueOrMissing.or_timeout())
    }
}

async fn call_and_drop(store: &Handle, key: &Bytes, value: &Bytes, random: &mut Rng) -> Verdict {
    let polls = random.usize(1..=4);
    let (ended, expected) = if random.bool() {
        (store.start_put(key, value).drop_after(polls).await, Expected::Stored)
    } else {
        (store.start_get(key).drop_after(polls).await, Expected::AnyValueOrMissing)
    };
    ended.map_or(Ok(()), |ended| ended.expect(expected))
}

/// Whether the calls on each key are linearizable. Those of one key are no concern of another.
fn judge(operations: &[Operation]) -> Verdict {
    let mut registers: Vec<Register<'_>> = Vec::new();
    for (index, operation) in operations.iter().enumerate() {
        let Some(known) = known(operation) else { continue };
        // The calls of a race come together, round by round, so most are found at once.
        let place = registers.iter().rposition(|register| *register.key == operation.key).unwrap_or_else(|| {
            registers.push(Register { key: &operation.key, indices: Vec::new(), operations: Vec::new() });
            registers.len() - 1
        });
        registers[place].indices.push(index);
        registers[place].operations.push(known);
    }
    registers.iter().try_for_each(Register::judge)
}

/// The calls on a key that something is known of, and which of all calls they are.
struct Register<'a> {
    key: &'a Bytes,
    indices: Vec<usize>,
    operations: Vec<linearizability::Operation<&'a Bytes>>,
}

impl Register<'_> {
    fn judge(&self) -> Verdict {
        linearizability::check(&self.operations).map_err(|violation| {
            Box::new(Failure::NotLinearizable(violation.renumbered(|operation| self.indices[operation])))
        })
    }
}

/// What is known of a call, if anything: a put that was refused did nothing, and a get that failed says nothing.
fn known(operation: &Operation) -> Option<linearizability::Operation<&Bytes>> {
    let (begin, end) = operation.events;
    match (&operation.call, operation.outcome()) {
        (Call::Put(_), Some(outcome)) if outcome.is(Kind::InvalidKey) || outcome.is(Kind::InvalidValue) => None,
        (Call::Put(value), outcome) => {
            let end = end.filter(|_| matches!(outcome, Some(Outcome::Stored)));
            Some(linearizability::Operation::Write { value, begin, end })
        }
        (Call::Get, Some(Outcome::Found(found))) => {
            Some(linearizability::Operation::Read { value: Some(&found.val), begin, end: end? })
        }
        (Call::Get, Some(outcome)) if outcome.is(Kind::NotFound) => {
            Some(linearizability::Operation::Read { value: None, begin, end: end? })
        }
        (Call::Get, _) => None,
    }
}

/// Longer than a round of a store in memory takes: a thread that sleeps would miss the start of a race that is over in
/// microseconds.
const AWAKE: Duration = Duration::from_micros(500);

/// Where the threads wait for each other before each round, so that its calls overlap however fast the store is.
struct Start {
    budget: Budget,
    arrivals: AtomicUsize,
    arrived: Notify,
    /// How long to stay awake: not at all where the clock is paused, and the others are tasks of the same thread.
    awake: Duration,
}

impl Start {
    fn new(case: &Session) -> Self {
        let awake = if case.settings().runtime.is_paused() { Duration::ZERO } else { AWAKE };
        Self { budget: case.budget(), arrivals: AtomicUsize::new(0), arrived: Notify::new(), awake }
    }

    /// Tells the others, when dropped, to wait no more.
    fn racer(&self) -> impl Drop {
        OnDrop(|| self.arrive(usize::MAX / 2 / THREADS))
    }

    fn arrive(&self, count: usize) {
        self.arrivals.fetch_add(count, Ordering::SeqCst);
        self.arrived.notify_waiters();
    }

    /// Waits for all threads, and returns whether there is time for another round.
    async fn comes(&self, round: usize) -> bool {
        let begun = Instant::now();
        self.arrive(1);
        loop {
            let arrived = self.arrived.notified();
            if self.arrivals.load(Ordering::SeqCst) >= (round + 1) * THREADS {
                return self.budget.is_left();
            }
            if begun.elapsed() < self.awake { thread::yield_now() } else { arrived.await }
        }
    }
}
