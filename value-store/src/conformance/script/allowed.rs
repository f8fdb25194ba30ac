//! What the contract allows a call of a history to return.

use bytes::Bytes;

use crate::conformance::history::{Call, Expected, Failure, Happening, Kind, Operation, Outcome};
use crate::conformance::session::{GENEROUS, RESOLUTION, Session};
use crate::conformance::subject::{Claim, Settings};

/// What is wrong with the operation at `index` of the history of this case, if anything.
pub(crate) fn deviation(case: &Session, index: usize) -> Option<Failure> {
    case.history().look(|operations, happenings| {
        let past = Past { operations, happenings, settings: case.settings() };
        past.deviation(index).or_else(|| of_a_stranger(case, &operations[index], index))
    })
}

fn of_a_stranger(case: &Session, operation: &Operation, index: usize) -> Option<Failure> {
    let Some(Outcome::Found(found)) = operation.outcome() else { return None };
    let members = case.world().members();
    let is_known = members.is_empty() || members.contains(&found.from);
    (!is_known).then_some(Failure::Stranger { operation: index, members })
}

/// The calls so far, and what happened beside them.
struct Past<'a> {
    operations: &'a [Operation],
    happenings: &'a [(u64, Happening)],
    settings: &'a Settings,
}

impl Past<'_> {
    /// What is wrong with an operation that has ended, if anything.
    fn deviation(&self, index: usize) -> Option<Failure> {
        let operation = &self.operations[index];
        let (outcome, expected) = (operation.outcome()?, self.expected(index));
        if !matches!(outcome, Outcome::Dropped { .. }) && !expected.allows(outcome) {
            return Some(Failure::Unexpected { operation: index, expected });
        }
        let timeout = operation.options.timeout().filter(|_| outcome.is(Kind::Timeout))?;
        let is_early = operation.elapsed().is_some_and(|elapsed| elapsed + RESOLUTION < timeout);
        is_early.then_some(Failure::Early { operation: index, timeout })
    }

    fn expected(&self, index: usize) -> Expected {
        let operation = &self.operations[index];
        let expected =
            self.refused(operation).unwrap_or_else(|| match (&operation.call, self.amid_an_outage(operation)) {
                (Call::Put(_), true) => Expected::TimedOut.or_unavailable(),
                (Call::Put(_), false) => Expected::Stored,
                (Call::Get, _) => self.found(index),
            });
        let may_fail = self.after_an_outage_began(operation) || self.was_killed(operation);
        let expected = if may_fail { expected.or_unavailable() } else { expected };
        let may_time_out = operation.options.timeout().is_some_and(|timeout| timeout < GENEROUS);
        if may_time_out { expected.or_timeout() } else { expected }
    }

    /// How a call ends whose key or value is over a limit.
    fn refused(&self, operation: &Operation) -> Option<Expected> {
        let is_over = |limit: Option<usize>, length| limit.is_some_and(|limit| length > limit);
        let Settings { max_key_len, max_value_len, records: None, .. } = *self.settings else { return None };
        match &operation.call {
            Call::Put(_) if is_over(max_key_len, operation.key.len()) => Some(Expected::KeyRefused),
            Call::Put(value) if is_over(max_value_len, value.len()) => Some(Expected::ValueRefused),
            Call::Get if is_over(max_key_len, operation.key.len()) => Some(Expected::KeyRefusedOrMissing),
            _ => None,
        }
    }

    /// Whether the backend was away all the while.
    fn amid_an_outage(&self, operation: &Operation) -> bool {
        let before = self.happenings.iter().rev().filter(|(event, _)| *event < operation.events.0);
        let is_away = before.map(|(_, happening)| happening).find_map(|happening| match happening {
            Happening::Stalled { .. } | Happening::Cut { .. } => Some(true),
            Happening::Healed { .. } | Happening::OpenToNew { .. } | Happening::Restarted { .. } => Some(false),
            _ => None,
        });
        let is_during = |event: u64| event > operation.events.0 && operation.events.1.is_none_or(|end| event < end);
        let lets_through =
            |happening: &Happening| matches!(happening, Happening::Healed { .. } | Happening::Stepped { .. });
        is_away == Some(true)
            && !self.happenings.iter().any(|(event, happening)| is_during(*event) && lets_through(happening))
    }

    /// Whether an outage began before the operation ended. A store may need time to recover from it, or from a disk that
    /// failed until it is opened again.
    fn after_an_outage_began(&self, operation: &Operation) -> bool {
        if self.has_a_failing_disk(operation) {
            return true;
        }
        let begins = |happening: &Happening| matches!(happening, Happening::Stalled { .. } | Happening::Cut { .. });
        let is_before = |event: u64| operation.events.1.is_none_or(|end| event < end);
        self.happenings.iter().any(|(event, happening)| begins(happening) && is_before(*event))
    }

    /// Whether the disk failed before the operation ended, and the handle was not opened since it is well again.
    fn has_a_failing_disk(&self, operation: &Operation) -> bool {
        let world = self.world_of(operation.handle);
        let is_before_the_end = |event: u64| operation.events.1.is_none_or(|end| event < end);
        let (mut is_failing, mut has_met_it) = (false, false);
        for (_, happening) in self.happenings.iter().take_while(|(event, _)| is_before_the_end(*event)) {
            match happening {
                Happening::Fails { world: of, .. } if Some(*of) == world => (is_failing, has_met_it) = (true, true),
                Happening::Well { world: of } if Some(*of) == world => is_failing = false,
                Happening::Opened { handle, .. } if *handle == operation.handle => has_met_it = is_failing,
                _ => {}
            }
        }
        has_met_it
    }

    /// Whether the process of the call was killed before the call had ended.
    fn was_killed(&self, operation: &Operation) -> bool {
        let is_opened = |happening: &Happening| matches!(happening, Happening::Opened { handle, .. } if *handle == operation.handle);
        let since = self.happenings.iter().skip_while(|(_, happening)| !is_opened(happening));
        let world = self.world_of(operation.handle);
        let is_before_the_end = |event: u64| operation.events.1.is_none_or(|end| event < end);
        let kills =
            |happening: &Happening| matches!(happening, Happening::Killed { world: of, .. } if Some(*of) == world);
        since.take_while(|(event, _)| is_before_the_end(*event)).any(|(_, happening)| kills(happening))
    }

    /// What a get may return: the value of any put that may be the last one to take effect before the get or beside it, or
    /// nothing if no put has to have taken effect.
    fn found(&self, index: usize) -> Expected {
        let get = &self.operations[index];
        let register = self.register_of(get);
        let candidates = register.puts.iter().filter(|put| self.may_be_found(put, get, &register));
        let mut values: Vec<Seen> = candidates.filter_map(|put| value(put)).map(Seen::Value).collect();
        if !register.puts.iter().any(|put| is_acknowledged(put) && ended_before(put, get)) {
            values.push(Seen::Nothing);
        }
        if let Some(seen) = self.decided_by(get, &register) {
            values = vec![seen];
        }
        of_these(values)
    }

    /// The operations on the same key in the same world that begin before this one has ended.
    fn register_of(&self, get: &Operation) -> Register<'_> {
        let world = self.world_of(get.handle);
        let is_of_it = |other: &&Operation| {
            other.key == get.key
                && get.events.1.is_none_or(|end| other.events.0 < end)
                && (other.handle == get.handle || self.world_of(other.handle) == world)
        };
        let is_put = |operation: &&Operation| matches!(operation.call, Call::Put(_));
        let (puts, gets) = self.operations.iter().filter(is_of_it).partition(is_put);
        Register { puts, gets }
    }

    fn world_of(&self, handle: usize) -> Option<usize> {
        self.happenings.iter().find_map(|(_, happening)| match happening {
            Happening::Opened { handle: opened, world } if *opened == handle => Some(*world),
            _ => None,
        })
    }

    /// Whether a get may return the value of this put. It may not if the put had no effect, or if another one has surely
    /// replaced its value. A put that was not acknowledged may take effect at any later time, unless the store is settled.
    fn may_be_found(&self, put: &Operation, get: &Operation, register: &Register<'_>) -> bool {
        if !may_have_an_effect(put) {
            return false;
        }
        let lands_late = !is_acknowledged(put) && !self.is_settled();
        let replaces =
            |newer: &&Operation| is_acknowledged(newer) && ended_before(put, newer) && ended_before(newer, get);
        let is_decided = || self.is_settled() && !self.has_a_failing_disk(put);
        let never_happened = || !is_acknowledged(put) && is_decided() && register.has_refuted(put, get);
        (lands_late || !register.puts.iter().any(replaces)) && !never_happened()
    }

    fn is_settled(&self) -> bool {
        self.settings.claims.contains(&Claim::Settled)
    }

    /// What an earlier get has returned, if the store is settled and nothing has happened since: it is decided then.
    fn decided_by(&self, get: &Operation, register: &Register<'_>) -> Option<Seen> {
        if !self.is_settled() {
            return None;
        }
        let earlier = register.gets.iter().rev();
        let last = earlier.copied().find(|earlier| ended_before(earlier, get) && seen(earlier).is_some())?;
        let is_undecided = |put: &&Operation| !is_acknowledged(put) && self.has_a_failing_disk(put);
        let is_quiet = register.puts.iter().all(|put| ended_before(put, last) && !is_undecided(put));
        let restarts = self.happenings.iter().any(|(event, happening)| {
            matches!(happening, Happening::Restarted { .. } | Happening::Killed { .. })
                && *event > last.events.0
                && *event < get.events.0
        });
        (is_quiet && !restarts).then(|| seen(last)).flatten()
    }
}

/// The calls on one key.
struct Register<'a> {
    puts: Vec<&'a Operation>,
    gets: Vec<&'a Operation>,
}

impl Register<'_> {
    /// Whether a get has shown, after the put had ended, that it had no effect: it returned what was acknowledged before.
    fn has_refuted(&self, put: &Operation, get: &Operation) -> bool {
        let earlier = self.gets.iter().filter(|earlier| ended_before(put, earlier) && ended_before(earlier, get));
        earlier.filter_map(|earlier| seen(earlier)).any(|seen| {
            let is_of = |other: &Operation| value(other).is_some_and(|value| Seen::Value(value) == seen);
            !self.puts.iter().any(|other| other.events.0 >= put.events.0 && is_of(other))
        })
    }
}

fn value(put: &Operation) -> Option<Bytes> {
    match &put.call {
        Call::Put(value) => Some(value.clone()),
        Call::Get => None,
    }
}

/// What a get returns of a key.
#[derive(PartialEq)]
enum Seen {
    Value(Bytes),
    Nothing,
}

fn seen(get: &Operation) -> Option<Seen> {
    match get.outcome()? {
        Outcome::Found(found) => Some(Seen::Value(found.val.clone())),
        outcome => outcome.is(Kind::NotFound).then_some(Seen::Nothing),
    }
}

fn is_acknowledged(put: &Operation) -> bool {
    matches!(put.outcome(), Some(Outcome::Stored | Outcome::Superseded(_)))
}

fn may_have_an_effect(put: &Operation) -> bool {
    let Some(outcome) = put.outcome() else { return true };
    let is_refused = outcome.is(Kind::InvalidKey) || outcome.is(Kind::InvalidValue);
    !is_refused && !matches!(outcome, Outcome::Dropped { polls: 0 })
}

fn ended_before(one: &Operation, other: &Operation) -> bool {
    one.events.1.is_some_and(|end| end < other.events.0)
}

fn of_these(values: Vec<Seen>) -> Expected {
    let may_be_missing = values.contains(&Seen::Nothing);
    let mut found: Vec<Bytes> = Vec::new();
    for value in values {
        if let Seen::Value(value) = value
            && !found.contains(&value)
        {
            found.push(value);
        }
    }
    match (found.as_slice(), may_be_missing) {
        ([], _) => Expected::Missing,
        ([only], false) => Expected::Value(only.clone()),
        (several, false) => Expected::one_of(several),
        (several, true) => Expected::one_of(several).or_missing(),
    }
}

#[cfg(test)]
mod tests;
