//! What happened in a case: the calls of the store, how each ended, how each may end, and what was wrong.

mod expected;
mod failure;
mod happening;
mod operation;

pub(crate) use self::expected::{Expected, Unfit};
pub(crate) use self::failure::{Failure, Verdict, WentBack};
pub(crate) use self::happening::{Happening, PowerLoss};
pub(crate) use self::operation::{Call, Kind, Operation, Outcome, Refusal};

use std::fmt;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::thread::ThreadId;

use bytes::Bytes;
use foldhash::HashMap;
use tokio::time::Instant;

use crate::Options;

/// Who makes a call.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
enum Caller {
    Task(tokio::task::Id),
    /// A thread that runs no task when it makes the call.
    Thread(ThreadId),
}

impl Caller {
    fn current() -> Self {
        tokio::task::try_id().map_or_else(|| Self::Thread(std::thread::current().id()), Self::Task)
    }
}

/// What the case is doing. The report of a case that hangs or panics names it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Phase {
    /// The factory runs.
    Opening,
    /// The case runs.
    Calling,
    /// A store is being dropped.
    Dropping,
    /// Shared values and guards are being dropped.
    Ending,
}

/// The record of one run of a case. The case writes it. If the case does not end, another thread reads it.
#[derive(Debug)]
pub(crate) struct History {
    state: Mutex<State>,
    /// Whether the calls of a case are made again. Nobody wants to see its panics once more.
    is_replay: bool,
}

#[derive(Clone, Debug)]
struct State {
    phase: Phase,
    operations: Vec<Operation>,
    /// Who made each of the calls.
    callers: Vec<Caller>,
    /// What happened beside the calls, each with its event.
    happenings: Vec<(u64, Happening)>,
    /// How many begins and ends of calls and other happenings there were.
    events: u64,
    panics: Vec<Panic>,
    drop_panic: Option<String>,
    notes: Vec<String>,
    not_judged: Option<String>,
}

/// A panic on a thread of the case.
#[derive(Clone, Debug)]
pub(crate) struct Panic {
    pub(crate) phase: Phase,
    thread: ThreadId,
    /// What it said, and where in the source it happened.
    pub(crate) message: String,
}

impl State {
    fn next_event(&mut self) -> u64 {
        self.events += 1;
        self.events
    }
}

impl History {
    pub(crate) fn new() -> Self {
        let state = State {
            phase: Phase::Opening,
            operations: Vec::new(),
            callers: Vec::new(),
            happenings: Vec::new(),
            events: 0,
            panics: Vec::new(),
            drop_panic: None,
            notes: Vec::new(),
            not_judged: None,
        };
        Self { state: Mutex::new(state), is_replay: false }
    }

    /// The history of a run that makes the calls of a case again.
    pub(crate) fn of_a_replay() -> Self {
        Self { is_replay: true, ..Self::new() }
    }

    pub(crate) fn is_replay(&self) -> bool {
        self.is_replay
    }

    /// The record as it is now. A case that hangs may go on, and write to this one.
    pub(crate) fn snapshot(&self) -> Self {
        Self { state: Mutex::new(self.state().clone()), is_replay: self.is_replay }
    }

    /// Records that a call begins, and returns its index.
    pub(crate) fn begin(&self, handle: usize, call: Call, key: Bytes, options: Arc<Options>) -> usize {
        let mut state = self.state();
        state.callers.push(Caller::current());
        let events = (state.next_event(), None);
        let begun = Instant::now();
        state.operations.push(Operation { handle, task: 0, call, key, options, begun, ended: None, events });
        state.operations.len() - 1
    }

    pub(crate) fn end(&self, index: usize, outcome: Outcome) {
        let mut state = self.state();
        let event = state.next_event();
        let operation = &mut state.operations[index];
        operation.ended = Some((Instant::now(), outcome));
        operation.events.1 = Some(event);
    }

    /// Records what happens to a world or a handle.
    pub(crate) fn happens(&self, happening: Happening) {
        let mut state = self.state();
        let event = state.next_event();
        state.happenings.push((event, happening));
    }

    /// What happened beside the calls so far, each with its event.
    pub(crate) fn happenings(&self) -> Vec<(u64, Happening)> {
        self.state().happenings.clone()
    }

    /// Looks at the calls and happenings so far, without a copy. No call can begin or end meanwhile. The calls do not have
    /// the numbers of their callers.
    pub(crate) fn look<T>(&self, look: impl FnOnce(&[Operation], &[(u64, Happening)]) -> T) -> T {
        let state = self.state();
        look(&state.operations, &state.happenings)
    }

    /// Forgets all calls and happenings. No call may still run.
    pub(crate) fn forget(&self) {
        let mut state = self.state();
        state.operations.clear();
        state.callers.clear();
        state.happenings.clear();
    }

    /// The calls so far, with the numbers of their callers: those are counted here, so that they cost the calls nothing.
    pub(crate) fn operations(&self) -> Vec<Operation> {
        let state = self.state();
        let (mut operations, mut numbers) = (state.operations.clone(), HashMap::default());
        for (operation, caller) in operations.iter_mut().zip(&state.callers) {
            let next = numbers.len() + 1;
            operation.task = *numbers.entry(*caller).or_insert(next);
        }
        operations
    }

    pub(crate) fn enter(&self, phase: Phase) {
        self.state().phase = phase;
    }

    pub(crate) fn phase(&self) -> Phase {
        self.state().phase
    }

    /// Records a panic on a thread of the case, even if it is caught.
    pub(crate) fn panicked(&self, message: String) {
        let mut state = self.state();
        let phase = state.phase;
        state.panics.push(Panic { phase, thread: std::thread::current().id(), message });
    }

    /// The panics so far.
    pub(crate) fn panics(&self) -> Vec<Panic> {
        self.state().panics.clone()
    }

    /// Records that a call ended with the last panic of this thread, in the drop of its future or before.
    pub(crate) fn end_with_panic(&self, index: usize, in_drop: bool) {
        let thread = std::thread::current().id();
        let last = self.state().panics.iter().rfind(|panic| panic.thread == thread).cloned();
        let message = last.map_or_else(String::new, |panic| panic.message);
        self.end(index, Outcome::Panicked { message, in_drop });
    }

    /// The failure of a case that a panic with this payload ended. If calls panicked so, it names the one that did first.
    pub(crate) fn failure_of_panic(&self, message: String) -> Failure {
        let state = self.state();
        let has_ended_so = |operation: &Operation| matches!(operation.outcome(), Some(Outcome::Panicked { message: noted, .. }) if noted.starts_with(&message));
        let calls = state.operations.iter().enumerate().filter(|(_, operation)| has_ended_so(operation));
        let first = calls.min_by_key(|(_, operation)| operation.events.1).map(|(index, _)| index);
        Failure::Panicked { operation: first, message }
    }

    /// Records that the drop of a store panicked.
    pub(crate) fn drop_panicked(&self, message: String) {
        self.state().drop_panic = Some(message);
    }

    pub(crate) fn drop_panic(&self) -> Option<String> {
        self.state().drop_panic.clone()
    }

    /// Adds a note that a person should see even if the case passes. Adding the same note again changes nothing.
    pub(crate) fn note(&self, note: impl fmt::Display) {
        let (mut state, note) = (self.state(), note.to_string());
        if !state.notes.contains(&note) {
            state.notes.push(note);
        }
    }

    /// Records why nothing can be said even if the case passes.
    pub(crate) fn is_not_judged(&self, reason: impl Into<String>) {
        self.state().not_judged = Some(reason.into());
    }

    pub(crate) fn not_judged(&self) -> Option<String> {
        self.state().not_judged.clone()
    }

    pub(crate) fn notes(&self) -> Vec<String> {
        self.state().notes.clone()
    }

    fn state(&self) -> MutexGuard<'_, State> {
        // Each change is one step, so a panic has left the record consistent.
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
