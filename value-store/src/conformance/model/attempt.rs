//! One run of a sequence, in its own world and with its own keys.

use std::collections::HashMap;

use bytes::Bytes;

use super::register::Register;
use super::step::{Action, Manner, PLACES, Sequence, Step};
use crate::conformance::history::{Expected, Failure, Kind, Outcome, Verdict};
use crate::conformance::session::{Ended, Handle, Session, Started};
use crate::conformance::subject::Claim;

/// How a sequence ended.
pub(super) enum Attempt {
    Passed,
    OutOfTime,
    /// At this step.
    Failed {
        failure: Box<Failure>,
        step: usize,
    },
}

/// Runs a sequence until it ends or time is up. Afterwards the history has the calls of this attempt only.
///
/// # Errors
///
/// If the store cannot be opened before the first step. This shows nothing about the sequence, so it fails the case.
pub(super) async fn run(case: &Session, sequence: &Sequence, has_time: impl Fn() -> bool) -> Verdict<Attempt> {
    let world = case.start_over();
    let mut handles = Vec::with_capacity(sequence.handles);
    for _ in 0..sequence.handles {
        handles.push(case.open_in(world).await?);
    }
    let attempt = take_steps(case, handles, sequence, has_time).await;
    case.end(world).await;
    Ok(attempt)
}

async fn take_steps(case: &Session, handles: Vec<Handle>, sequence: &Sequence, has_time: impl Fn() -> bool) -> Attempt {
    let mut handles = handles;
    let mut model = Model::new(case, sequence);
    for (number, step) in sequence.steps.iter().enumerate() {
        if !has_time() {
            return Attempt::OutOfTime;
        }
        if let Err(failure) = take_step(case, &mut handles, &mut model, step).await {
            return Attempt::Failed { failure, step: number };
        }
    }
    Attempt::Passed
}

async fn take_step(case: &Session, handles: &mut Vec<Handle>, model: &mut Model, step: &Step) -> Verdict {
    match step {
        Step::Call { handle, place, action, manner } => {
            model.call(&handles[*handle], *place, action, manner).await?;
            model.arrives(case, handles, *place).await
        }
        Step::Restart => {
            model.registers.values_mut().for_each(Register::restarted);
            let last = handles.pop().unwrap_or_else(|| unreachable!("a sequence with restarts has one handle"));
            handles.push(case.restart(last).await?);
            Ok(())
        }
    }
}

/// A map from keys to what is known of their values.
struct Model {
    keys: [Bytes; PLACES],
    registers: HashMap<Bytes, Register>,
    /// The value of the last put to each key.
    put: HashMap<Bytes, Bytes>,
    max_value_len: usize,
    calls: usize,
}

impl Model {
    fn new(case: &Session, sequence: &Sequence) -> Self {
        let settled = case.settings().claims.contains(&Claim::Settled);
        let keys = sequence.tails.map(|tail| case.key(tail));
        let registers = keys.iter().map(|key| (key.clone(), Register::new(settled))).collect();
        Self { keys, registers, put: HashMap::new(), max_value_len: case.max_value_len(), calls: 0 }
    }

    /// Makes a call, and expects it to end as the model allows.
    async fn call(&mut self, store: &Handle, place: usize, action: &Action, manner: &Manner) -> Verdict {
        let store = store.with(manner.options());
        let key = self.keys[place].clone();
        self.calls += 1;
        match action {
            Action::Get => self.get(&store, &key, manner).await,
            Action::Put(content) => {
                let mut value = content.value(self.calls, self.put.get(&key));
                value.truncate(self.max_value_len);
                self.put(&store, &key, value, manner).await
            }
        }
    }

    /// Waits until all handles see the last put to a key, if that may take a while. Otherwise a put through another
    /// handle might not come after it.
    async fn arrives(&self, case: &Session, handles: &[Handle], place: usize) -> Verdict {
        let key = &self.keys[place];
        let (Some(value), false) = (self.put.get(key), handles.len() == 1 || case.settings().propagation.is_zero())
        else {
            return Ok(());
        };
        for handle in handles {
            case.expect_to_arrive(handle, key, value).await?;
        }
        Ok(())
    }

    async fn get(&mut self, store: &Handle, key: &Bytes, manner: &Manner) -> Verdict {
        let register = self.register(key);
        let ended = end(store.start_get(key), manner, register.expected()).await?;
        if let Some(ended) = ended.filter(|ended| !ended.outcome.is(Kind::Timeout)) {
            register.found(ended.value());
        }
        Ok(())
    }

    async fn put(&mut self, store: &Handle, key: &Bytes, value: Bytes, manner: &Manner) -> Verdict {
        self.put.insert(key.clone(), value.clone());
        let register = self.register(key);
        match end(store.start_put(key, &value), manner, Expected::Stored).await? {
            Some(Ended { outcome: Outcome::Stored, .. }) => register.acknowledged(value),
            _ => register.left_behind(value),
        }
        Ok(())
    }

    fn register(&mut self, key: &Bytes) -> &mut Register {
        self.registers.get_mut(key).unwrap_or_else(|| unreachable!("every key has a register"))
    }
}

/// Waits for a call or drops it, as `manner` says, and expects it to end as it may. Returns `None` if it was dropped.
async fn end(call: Started<'_>, manner: &Manner, expected: Expected) -> Verdict<Option<Ended>> {
    let ended = match manner {
        Manner::Dropped(polls) => call.drop_after(*polls).await,
        _ => Some(call.await),
    };
    let expected = if manner.may_time_out() { expected.or_timeout() } else { expected };
    ended.as_ref().map_or(Ok(()), |ended| ended.expect(expected))?;
    Ok(ended)
}
