//! What the calls of a measurement show.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use bytes::Bytes;

use super::{Arrival, Staleness};
use crate::conformance::history::{Call, Kind, Operation, Outcome, Refusal};

/// Counts what was stale, and how much, and how long values took to arrive. Of the unfinished key, nobody has waited for the
/// last value.
pub(super) fn count(operations: &[Operation], unfinished: Option<&Bytes>) -> Staleness {
    let mut staleness = Staleness::default();
    let handles: BTreeSet<_> = operations.iter().map(|operation| operation.handle).collect();
    staleness.handles = handles.len();
    let mut keys: BTreeMap<&Bytes, Vec<&Operation>> = BTreeMap::new();
    for operation in operations {
        keys.entry(&operation.key).or_default().push(operation);
    }
    let mut arrivals = Vec::new();
    for (name, calls) in keys {
        let key = Key::of(&calls);
        staleness.puts += key.puts.iter().filter(|put| is_stored(put)).count();
        key.gets.iter().for_each(|get| key.judge(get, &mut staleness));
        match key.arrival(&handles).filter(|_| unfinished != Some(name)) {
            Some(Ok(arrival)) => arrivals.push(arrival),
            Some(Err(NeverArrived)) => staleness.never_arrived += 1,
            None => {}
        }
    }
    arrivals.sort_unstable();
    let median = arrivals.get(arrivals.len().saturating_sub(1) / 2);
    staleness.arrival = median.zip(arrivals.last()).map(|(median, longest)| Arrival::new(*median, *longest));
    staleness
}

/// How a call failed, if it did. A miss is no failure.
pub(super) fn failed(operation: &Operation) -> Option<&Refusal> {
    match operation.outcome()? {
        Outcome::Failed(refusal) if refusal.kind != Kind::NotFound => Some(refusal),
        _ => None,
    }
}

/// The calls on one key. The puts were made one after the other.
struct Key<'a> {
    puts: Vec<&'a Operation>,
    gets: Vec<&'a Operation>,
}

/// Some handle did not return the last value when it was asked last.
struct NeverArrived;

impl<'a> Key<'a> {
    fn of(calls: &[&'a Operation]) -> Self {
        let (puts, gets) = calls.iter().partition(|call| matches!(call.call, Call::Put(_)));
        Self { puts, gets }
    }

    /// The place of the put whose value a get returned, or `None` if nobody put it.
    fn source(&self, found: &Bytes) -> Option<usize> {
        self.puts.iter().position(|put| matches!(&put.call, Call::Put(value) if value == found))
    }

    /// Adds a get.
    fn judge(&self, get: &Operation, staleness: &mut Staleness) {
        let newer = match get.outcome() {
            Some(Outcome::Found(found)) => match self.source(&found.val) {
                // Nobody knows when a put that failed takes effect.
                Some(source) if !is_stored(self.puts[source]) => &[],
                Some(source) => &self.puts[source + 1..],
                None => return,
            },
            Some(outcome) if outcome.is(Kind::NotFound) => &self.puts[..],
            _ => return,
        };
        staleness.gets += 1;
        let newer: Vec<_> = newer.iter().filter(|put| is_stored(put) && ended_before(put, get)).collect();
        let Some((first, _)) = newer.first().and_then(|put| put.ended.as_ref()) else { return };
        staleness.stale += 1;
        staleness.most_puts_behind = staleness.most_puts_behind.max(newer.len());
        staleness.longest_behind = staleness.longest_behind.max(get.begun.saturating_duration_since(*first));
    }

    /// How long the last value took until all of these handles had returned it, and went on to do so. `None` if it was not put, or
    /// if some handle was not asked for it.
    fn arrival(&self, handles: &BTreeSet<usize>) -> Option<Result<Duration, NeverArrived>> {
        let last = self.puts.last().filter(|put| is_stored(put))?;
        let (Call::Put(value), Some((acknowledged, _))) = (&last.call, &last.ended) else { return None };
        let mut longest = Duration::ZERO;
        for handle in handles {
            // A get that failed says nothing of what the handle has.
            let is_asked = |get: &&&Operation| {
                get.handle == *handle && ended_before(last, get) && get.outcome().is_some() && failed(get).is_none()
            };
            let asked: Vec<_> = self.gets.iter().filter(is_asked).collect();
            let has_it = |get: &Operation| matches!(get.outcome(), Some(Outcome::Found(found)) if found.val == *value);
            let since = asked.iter().rev().take_while(|get| has_it(get)).last();
            if asked.is_empty() {
                return None;
            }
            let Some((ended, _)) = since.and_then(|get| get.ended.as_ref()) else { return Some(Err(NeverArrived)) };
            longest = longest.max(ended.saturating_duration_since(*acknowledged));
        }
        Some(Ok(longest))
    }
}

fn is_stored(put: &Operation) -> bool {
    matches!(put.outcome(), Some(Outcome::Stored))
}

fn ended_before(put: &Operation, get: &Operation) -> bool {
    put.events.1.is_some_and(|end| end < get.events.0)
}
