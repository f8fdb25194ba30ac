//! Finds the shortest and simplest sequence that still fails.

use std::mem::{discriminant, replace};
use std::time::Instant;

use super::attempt::{Attempt, run};
use super::step::{PLAIN, Sequence, Step};
use crate::conformance::history::{Failure, Operation, Verdict};
use crate::conformance::session::Session;

/// A sequence that fails, with the failure and the calls of its last run.
pub(super) struct Shrinking<'a> {
    case: &'a Session,
    sequence: Sequence,
    failure: Box<Failure>,
    operations: Vec<Operation>,
    /// How many calls the sequence made until it failed, before it was shrunk.
    calls_at_first: usize,
    /// How many attempts made the sequence shorter or simpler.
    steps_forward: usize,
    end: Option<Instant>,
    is_cut_short: bool,
}

impl<'a> Shrinking<'a> {
    /// Starts with a sequence that has just failed at this step.
    pub(super) fn new(case: &'a Session, mut sequence: Sequence, failure: Box<Failure>, step: usize) -> Self {
        sequence.steps.truncate(step + 1);
        let operations = case.history().operations();
        let calls_at_first = operations.len();
        let end = end_of_shrinking(case);
        Self { case, sequence, failure, operations, calls_at_first, steps_forward: 0, end, is_cut_short: false }
    }

    /// Shrinks until nothing helps any more or time is up. Returns the failure of the sequence that is left.
    pub(super) async fn shrink(mut self) -> Verdict {
        loop {
            let before = self.steps_forward;
            self.leave_steps_out().await;
            self.simplify_steps().await;
            self.rename_keys().await;
            if self.steps_forward == before {
                break;
            }
        }
        let (before, after) = (self.calls_at_first, self.operations.len());
        let doubt = if self.is_cut_short { ", where shrinking had to stop" } else { "" };
        self.case.history().note(format!("a random sequence failed at call {before}; it was shrunk to {after}{doubt}"));
        self.case.history().replace(self.operations);
        Err(self.failure)
    }

    /// Leaves out steps that are not needed: at first half of them at once, then fewer, and single steps last.
    async fn leave_steps_out(&mut self) {
        let mut count = self.sequence.steps.len().div_ceil(2);
        while count > 0 {
            let mut first = 0;
            while first < self.sequence.steps.len() {
                let end = self.sequence.steps.len().min(first + count);
                let left_out: Vec<_> = self.sequence.steps.drain(first..end).collect();
                if !self.still_fails().await {
                    self.sequence.steps.splice(first..first, left_out);
                    first = end;
                }
            }
            count /= 2;
        }
    }

    async fn simplify_steps(&mut self) {
        let mut index = 0;
        // An attempt that fails at an earlier step cuts off all steps after it, and perhaps this one.
        while index < self.sequence.steps.len() {
            if !self.simplify_step(index).await {
                index += 1;
            }
        }
    }

    /// Replaces this step by the simplest one with which the sequence still fails. Returns whether there was one.
    async fn simplify_step(&mut self, index: usize) -> bool {
        for simpler in self.sequence.steps[index].simpler() {
            let before = replace(&mut self.sequence.steps[index], simpler);
            if self.still_fails().await {
                return true;
            }
            self.sequence.steps[index] = before;
        }
        false
    }

    /// Gives each key a plain name, unless the failure depends on the old one.
    async fn rename_keys(&mut self) {
        for (place, plain) in PLAIN.into_iter().enumerate() {
            let before = self.sequence.tails;
            let is_used = |step: &Step| matches!(step, Step::Call { place: used, .. } if *used == place);
            let is_used = self.sequence.steps.iter().any(is_used);
            if PLAIN.contains(&before[place]) || !is_used {
                continue;
            }
            // Several places may have the same key.
            self.sequence.tails = before.map(|tail| if tail == before[place] { plain } else { tail });
            if !self.still_fails().await {
                self.sequence.tails = before;
            }
        }
    }

    /// Runs the sequence, and returns whether it still fails in the same way. If so, keeps the failure and the calls,
    /// and cuts off the steps after the failure.
    async fn still_fails(&mut self) -> bool {
        let has_time = || self.end.is_none_or(|end| Instant::now() < end);
        if self.is_cut_short {
            return false;
        }
        match run(self.case, &self.sequence, has_time).await {
            Ok(Attempt::Failed { failure, step }) if discriminant(&*failure) == discriminant(&*self.failure) => {
                self.sequence.steps.truncate(step + 1);
                (self.failure, self.operations) = (failure, self.case.history().operations());
                self.steps_forward += 1;
                true
            }
            Ok(Attempt::OutOfTime) | Err(_) => {
                self.is_cut_short = true;
                false
            }
            Ok(Attempt::Passed | Attempt::Failed { .. }) => false,
        }
    }
}

/// When shrinking has to end. The rest of the deadline is for the last attempt, which may take long on a slow store.
fn end_of_shrinking(case: &Session) -> Option<Instant> {
    Instant::now().checked_add(case.settings().deadline / 4)
}
