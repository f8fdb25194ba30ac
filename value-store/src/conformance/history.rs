//! What a case did to the store, operation by operation.

use std::fmt;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::thread::ThreadId;
use std::time::Duration;

use bytes::Bytes;
use tokio::time::Instant;

use crate::conformance::subject::chain;
use crate::{Error, GetValueResult, Options};

/// One call of the store.
#[derive(Clone, Debug)]
pub(crate) struct Operation {
    /// Which handle was called, from 1 in the order of opening.
    pub(crate) handle: usize,
    /// Which task or thread made the call, from 1 in the order of their first calls.
    pub(crate) task: usize,
    pub(crate) call: Call,
    pub(crate) key: Bytes,
    pub(crate) options: Arc<Options>,
    pub(crate) begun: Instant,
    /// How it ended, and when; `None` as long as it runs.
    pub(crate) ended: Option<(Instant, Outcome)>,
    /// The number of its begin, and of its end, among those of all calls. Unlike a clock, which may be paused, they tell
    /// which of two calls came before the other.
    pub(crate) events: (u64, Option<u64>),
}

impl Operation {
    pub(crate) fn elapsed(&self) -> Option<Duration> {
        self.ended.as_ref().map(|(end, _)| end.duration_since(self.begun))
    }

    pub(crate) fn outcome(&self) -> Option<&Outcome> {
        self.ended.as_ref().map(|(_, outcome)| outcome)
    }

    /// Whether this and another call ran at the same time.
    pub(crate) fn runs_beside(&self, other: &Self) -> bool {
        let begins_before_the_end = |one: &Self, other: &Self| other.events.1.is_none_or(|end| one.events.0 < end);
        self.events.0 != other.events.0 && begins_before_the_end(self, other) && begins_before_the_end(other, self)
    }
}

#[derive(Clone, Debug)]
pub(crate) enum Call {
    Put(Bytes),
    Get,
}

impl Call {
    pub(crate) fn name(&self) -> &'static str {
        match self {
            Self::Put(_) => "put",
            Self::Get => "get",
        }
    }
}

#[derive(Clone, Debug)]
pub(crate) enum Outcome {
    /// The put returned `Ok`.
    Stored,
    /// The get returned a value.
    Found(GetValueResult),
    Failed(Refusal),
    /// The put of a record failed like this while a newer one was on its way: as good as stored and replaced at once.
    Superseded(Refusal),
    /// The call's future was dropped when it had been polled so many times.
    Dropped {
        polls: usize,
    },
}

impl Outcome {
    /// Whether the call failed with an error of this kind.
    pub(crate) fn is(&self, kind: Kind) -> bool {
        matches!(self, Self::Failed(refusal) if refusal.kind == kind)
    }
}

/// An [`Error`], as far as it can be kept: its kind, and the messages of the whole chain.
#[derive(Clone, Debug)]
pub(crate) struct Refusal {
    pub(crate) kind: Kind,
    pub(crate) chain: Vec<String>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    NotFound,
    Timeout,
    InvalidKey,
    InvalidValue,
    Backend,
}

impl Kind {
    /// Whether a network may say this to a record that is older than another one, or that some of it found older.
    pub(crate) fn may_be_of_an_old_record(self) -> bool {
        matches!(self, Self::InvalidValue | Self::Backend)
    }
}

impl From<&Error> for Refusal {
    fn from(error: &Error) -> Self {
        let kind = match error {
            Error::NotFound => Kind::NotFound,
            Error::Timeout => Kind::Timeout,
            Error::InvalidKey(_) => Kind::InvalidKey,
            Error::InvalidValue(_) => Kind::InvalidValue,
            Error::Backend(_) => Kind::Backend,
        };
        Self { kind, chain: chain(error) }
    }
}

/// Who makes a call.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Caller {
    Task(tokio::task::Id),
    /// A thread that runs no task at the moment.
    Thread(ThreadId),
}

impl Caller {
    fn current() -> Self {
        tokio::task::try_id().map_or_else(|| Self::Thread(std::thread::current().id()), Self::Task)
    }
}

/// What the case is about at the moment, for a case that does not come back.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Phase {
    /// The factory runs.
    Opening,
    /// The case runs.
    Calling,
    /// A store is being dropped.
    Dropping,
    /// What was shared, or kept, is being dropped.
    Ending,
}

/// The record of one case, written while it runs and read from outside when it does not end.
#[derive(Debug)]
pub(crate) struct History {
    state: Mutex<State>,
}

#[derive(Debug)]
struct State {
    phase: Phase,
    operations: Vec<Operation>,
    /// How many begins and ends there were.
    events: u64,
    /// The tasks and threads that have made calls, in the order of their first.
    callers: Vec<Caller>,
    panics: Vec<(Phase, String)>,
    drop_panic: Option<String>,
    notes: Vec<String>,
}

impl State {
    fn next_event(&mut self) -> u64 {
        self.events += 1;
        self.events
    }

    /// The number of a task or thread, from 1. Most calls are made by one of those that came last.
    fn number(&mut self, caller: Caller) -> usize {
        if let Some(known) = self.callers.iter().rposition(|known| *known == caller) {
            return known + 1;
        }
        self.callers.push(caller);
        self.callers.len()
    }
}

impl History {
    pub(crate) fn new() -> Self {
        let state = State {
            phase: Phase::Opening,
            operations: Vec::new(),
            events: 0,
            callers: Vec::new(),
            panics: Vec::new(),
            drop_panic: None,
            notes: Vec::new(),
        };
        Self { state: Mutex::new(state) }
    }

    /// Notes that a call begins, and returns its index.
    pub(crate) fn begin(&self, handle: usize, call: Call, key: Bytes, options: Arc<Options>) -> usize {
        let mut state = self.state();
        let task = state.number(Caller::current());
        let events = (state.next_event(), None);
        let begun = Instant::now();
        state.operations.push(Operation { handle, task, call, key, options, begun, ended: None, events });
        state.operations.len() - 1
    }

    pub(crate) fn end(&self, index: usize, outcome: Outcome) {
        let mut state = self.state();
        let event = state.next_event();
        let operation = &mut state.operations[index];
        operation.ended = Some((Instant::now(), outcome));
        operation.events.1 = Some(event);
    }

    /// Forgets all calls; none of them may go on.
    pub(crate) fn forget(&self) {
        self.replace(Vec::new());
    }

    /// Keeps these calls in place of all others; none of either may go on.
    pub(crate) fn replace(&self, operations: Vec<Operation>) {
        self.state().operations = operations;
    }

    pub(crate) fn operations(&self) -> Vec<Operation> {
        self.state().operations.clone()
    }

    pub(crate) fn enter(&self, phase: Phase) {
        self.state().phase = phase;
    }

    pub(crate) fn phase(&self) -> Phase {
        self.state().phase
    }

    /// Notes a panic on a thread of the case, whether or not anybody catches it.
    pub(crate) fn panicked(&self, message: String) {
        let mut state = self.state();
        let phase = state.phase;
        state.panics.push((phase, message));
    }

    /// The panics so far, each with the phase that the case was in.
    pub(crate) fn panics(&self) -> Vec<(Phase, String)> {
        self.state().panics.clone()
    }

    /// Notes that dropping a store panicked.
    pub(crate) fn drop_panicked(&self, message: String) {
        self.state().drop_panic = Some(message);
    }

    pub(crate) fn drop_panic(&self) -> Option<String> {
        self.state().drop_panic.clone()
    }

    /// Notes what a person should know of a case even though it passed.
    pub(crate) fn note(&self, note: impl fmt::Display) {
        let (mut state, note) = (self.state(), note.to_string());
        if !state.notes.contains(&note) {
            state.notes.push(note);
        }
    }

    pub(crate) fn notes(&self) -> Vec<String> {
        self.state().notes.clone()
    }

    fn state(&self) -> MutexGuard<'_, State> {
        // Each change is one step, so a panic elsewhere has left the record whole.
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn tasks_and_threads_are_numbered_by_their_first_calls() {
        let history = Arc::new(History::new());
        let begin = |history: &History| history.begin(1, Call::Get, Bytes::new(), Arc::default());
        begin(&history);
        let of_task = Arc::clone(&history);
        tokio::spawn(async move {
            begin(&of_task);
            tokio::task::yield_now().await;
            begin(&of_task);
        })
        .await
        .unwrap();
        std::thread::scope(|scope| scope.spawn(|| begin(&history)).join()).unwrap();
        begin(&history);
        let tasks: Vec<_> = history.operations().iter().map(|operation| operation.task).collect();
        assert_eq!(tasks, [1, 2, 2, 3, 1]);
    }
}
