//! One run of a sequence, in its own world and with its own keys.

use std::collections::HashMap;

use bytes::Bytes;

use super::step::{Action, Manner, PLACES, Sequence, Step};
use crate::conformance::history::{Failure, Verdict};
use crate::conformance::script::deviation;
use crate::conformance::session::{Ended, Handle, Session};

/// How a sequence ended.
pub(super) enum Attempt {
    Passed,
    OutOfTime,
    Failed(Box<Failure>),
}

/// Runs a sequence until it ends or time is up. Afterwards the history has the calls of this attempt only.
///
/// # Errors
///
/// If the store cannot be opened before the first step. This shows nothing about the sequence, so it fails the case.
pub(super) async fn run(case: &Session, sequence: &Sequence) -> Verdict<Attempt> {
    let world = case.start_over();
    let mut handles = Vec::with_capacity(sequence.handles);
    for _ in 0..sequence.handles {
        handles.push(case.open_in(world).await?);
    }
    let attempt = take_steps(case, handles, sequence).await;
    case.end(world).await;
    Ok(attempt)
}

async fn take_steps(case: &Session, handles: Vec<Handle>, sequence: &Sequence) -> Attempt {
    let mut handles = handles;
    let keys = sequence.tails.map(|tail| case.key(tail));
    let mut puts = Puts { last: HashMap::new(), max_len: case.max_value_len(), calls: 0 };
    for step in &sequence.steps {
        if !case.has_time() {
            return Attempt::OutOfTime;
        }
        if let Err(failure) = take_step(case, &mut handles, &keys, &mut puts, step).await {
            return Attempt::Failed(failure);
        }
    }
    Attempt::Passed
}

async fn take_step(
    case: &Session,
    handles: &mut Vec<Handle>,
    keys: &[Bytes; PLACES],
    puts: &mut Puts,
    step: &Step,
) -> Verdict {
    match step {
        Step::Call { handle, place, action, manner } => {
            if matches!(action, Action::Get) && handles.len() > 1 && case.may_go_back() {
                let store = handles[*handle].with(manner.options());
                let get = async || Ok(judged(case, &store.start_get(&keys[*place]).await));
                return case.arrives(get).await;
            }
            call(case, &handles[*handle], &keys[*place], action, manner, puts).await?;
            arrives(case, handles, &keys[*place], puts).await
        }
        Step::Restart => {
            let last = handles.pop().unwrap_or_else(|| unreachable!("a sequence with restarts has one handle"));
            handles.push(case.restart(last).await?);
            Ok(())
        }
    }
}

/// What was put.
struct Puts {
    /// The value of the last put to each key.
    last: HashMap<Bytes, Bytes>,
    max_len: usize,
    calls: usize,
}

impl Puts {
    fn next(&mut self, action: &Action, key: &Bytes) -> Option<Bytes> {
        self.calls += 1;
        let Action::Put(content) = action else { return None };
        let mut value = content.value(self.calls, self.last.get(key));
        value.truncate(self.max_len);
        self.last.insert(key.clone(), value.clone());
        Some(value)
    }
}

/// Makes a call, waits for it or drops it, and expects it to end as the contract allows.
async fn call(
    case: &Session,
    store: &Handle,
    key: &Bytes,
    action: &Action,
    manner: &Manner,
    puts: &mut Puts,
) -> Verdict {
    let (store, value) = (store.with(manner.options()), puts.next(action, key));
    let started = match &value {
        Some(value) => store.start_put(key, value),
        None => store.start_get(key),
    };
    let ended = match manner {
        Manner::Dropped(polls) => started.drop_after(*polls).await,
        _ => Some(started.await),
    };
    ended.map_or(Ok(()), |ended| judged(case, &ended))
}

/// Expects a call to have ended as the contract allows.
fn judged(case: &Session, ended: &Ended) -> Verdict {
    deviation(case, ended.operation).map_or(Ok(()), |failure| Err(Box::new(failure)))
}

/// Waits until all handles see the last put to a key, if that may take a while. Otherwise a put through another handle might
/// not come after it.
async fn arrives(case: &Session, handles: &[Handle], key: &Bytes, puts: &Puts) -> Verdict {
    let (Some(value), false) = (puts.last.get(key), handles.len() == 1 || case.settings().propagation.is_zero()) else {
        return Ok(());
    };
    for handle in handles {
        case.expect_to_arrive(handle, key, value).await?;
    }
    Ok(())
}
