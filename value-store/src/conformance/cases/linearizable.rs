//! Several threads call the store at the same time. For each key, some order of the calls has to explain all that they
//! returned. Each put has its own value, so that a get shows which put it saw.

use std::time::Duration;

use bytes::Bytes;
use fastrand::Rng;

use super::concurrency::{Start, THREADS};
use crate::conformance::history::{Call, Expected, Failure, Kind, Operation, Outcome, Verdict};
use crate::conformance::linearizability;
use crate::conformance::session::{Handle, Session};
use crate::conformance::subject::Claim;

/// Each round has new keys, so that each also tries calls beside the first put to a key.
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

/// Calls the store from several threads, in rounds with `registers` new keys each. In the end, it judges all calls
/// together.
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
            for number in (0..CALLS).take_while(|_| start.goes_on(round)) {
                let value = Bytes::from(format!("r{round}t{thread}n{number}"));
                call(to, &keys[random.usize(..registers)], &value, &mut random).await?;
            }
        }
        Ok(ROUNDS)
    });
    let begun = begun.await?.into_iter().max().unwrap_or(0);
    // By now a put that was left behind has landed, perhaps even in a wrong place. A last get of each key shows it.
    for key in rounds[..begun].iter().flatten() {
        store.start_get(key).await.expect(Expected::AnyValueOrMissing)?;
    }
    case.history().look(|operations, _| judge(operations))
}

/// Whether each thread gets its own handle. If a put may be seen late through other handles, only the calls through one
/// handle can be linearizable.
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
        // The store may still be at work on calls that were given up, so this call may take longer than the store
        // allows for one call.
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

/// Checks that the calls on each key are linearizable, each key by itself.
fn judge(operations: &[Operation]) -> Verdict {
    let mut registers: Vec<Register<'_>> = Vec::new();
    for (index, operation) in operations.iter().enumerate() {
        let Some(known) = known(operation) else { continue };
        // The calls on one key are close together in the history, so the search from the end is short.
        let place = registers.iter().rposition(|register| *register.key == operation.key).unwrap_or_else(|| {
            registers.push(Register { key: &operation.key, indices: Vec::new(), operations: Vec::new() });
            registers.len() - 1
        });
        registers[place].indices.push(index);
        registers[place].operations.push(known);
    }
    registers.iter().try_for_each(Register::judge)
}

/// The calls on one key that show something, with their indices in the history.
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

/// The call as the checker sees it, or `None` if it shows nothing: a put that was refused did nothing, and a get that
/// failed returned nothing.
///
/// A put that did not return `Ok` has no end, since it may land at any later time.
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
