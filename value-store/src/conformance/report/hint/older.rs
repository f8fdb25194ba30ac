//! Why a get returned a value that was put to its key, and replaced since.

use super::left_behind::{last_given_up, of_what_was_not_done};
use crate::conformance::history::{Happening, Operation, Outcome};
use crate::conformance::report::evidence::{Evidence, has_missed, is_put, value};
use crate::conformance::report::operations::{call, found_in};

pub(super) fn of_an_older_value(evidence: &Evidence<'_>, get: usize, source: usize, expected: &[u8]) -> String {
    let calls = evidence.operations;
    let put = call(calls, source);
    match (of_what_was_not_done(&calls[source]), calls[source].outcome()) {
        (Some(_), Some(Outcome::Dropped { polls: 0 })) => format!(
            "it is the value of {put}, which was dropped before its first poll: what a call does, it does when it is polled"
        ),
        (Some(became), _) => format!("it is the value of {put}, which {became}: does it go on, and land later?"),
        (None, _) => {
            let last = evidence.last_put(get).unwrap_or(source);
            let older = Older { evidence, source, last, get };
            older.of_a_put_beside(expected).unwrap_or_else(|| format!("it is the older value, of {put}{}", older.why()))
        }
    }
}

/// An older value, and a get that returned it.
struct Older<'a> {
    evidence: &'a Evidence<'a>,
    /// The put of the older value.
    source: usize,
    /// The last put to the key.
    last: usize,
    get: usize,
}

impl Older<'_> {
    fn calls(&self) -> &[Operation] {
        self.evidence.operations
    }

    fn name(&self, index: usize) -> String {
        call(self.calls(), index)
    }

    /// The two puts ran at the same time, so neither is older.
    fn of_a_put_beside(&self, expected: &[u8]) -> Option<String> {
        let (calls, source) = (self.calls(), &self.calls()[self.source]);
        let is_beside =
            |put: &Operation| put.key == source.key && value(put) == Some(expected) && put.runs_beside(source);
        let beside = calls.iter().position(is_beside)?;
        Some(format!(
            "it is the value of {}, and {} ran at the same time: is it agreed which of the two is the newer?",
            self.name(self.source),
            self.name(beside)
        ))
    }

    fn why(&self) -> String {
        let of_this_run = self.of_the_options().or_else(|| self.of_a_call_that_was_given_up());
        let of_this_run = of_this_run.or_else(|| self.of_a_get_beside()).or_else(|| self.of_the_time());
        let needed = || self.evidence.needs_all().then(|| self.of_the_gets().or_else(|| self.of_the_puts())).flatten();
        of_this_run.or_else(needed).unwrap_or_default()
    }

    /// The last put to the key had other options than the get.
    fn of_the_options(&self) -> Option<String> {
        let [put, get] = [self.last, self.get].map(|index| self.name(index));
        let differ = !self.calls()[self.last].options.iter().eq(self.calls()[self.get].options.iter());
        differ.then(|| format!(", and {put} and {get} have different options: do those decide where a value is kept?"))
    }

    /// In another run than the smallest, only a call on the key counts.
    fn of_a_call_that_was_given_up(&self) -> Option<String> {
        let given_up = last_given_up(self.evidence, self.get)?;
        let is_of_the_key = given_up > self.source && self.calls()[given_up].key == self.calls()[self.get].key;
        let became =
            of_what_was_not_done(&self.calls()[given_up]).filter(|_| is_of_the_key || self.evidence.needs_all())?;
        let (after, put) = (self.evidence.after(given_up, became), self.name(self.last));
        Some(if given_up == self.last {
            format!("; {after}: is that undone later?")
        } else if !is_put(&self.calls()[given_up]) && given_up < self.last {
            format!("; {after}: is its answer given to a later get?")
        } else if !is_put(&self.calls()[given_up]) {
            format!("; {after}: does that undo {put}?")
        } else {
            format!("; {after}: is {put} taken for a part of that, or undone with it?")
        })
    }

    /// A get returned the older value while the last put ran.
    fn of_a_get_beside(&self) -> Option<String> {
        let (calls, last) = (self.calls(), &self.calls()[self.last]);
        let is_it = |at: &usize| calls[*at].runs_beside(last) && found_in(calls, *at) == Some(self.source);
        let read = (self.source..self.get).rfind(is_it)?;
        Some(format!(": is it cached since {} read it?", self.name(read)))
    }

    fn of_the_time(&self) -> Option<String> {
        let has_waited = self.has_happened(|happening| matches!(happening, Happening::Waited(_)));
        has_waited.then(|| ": does it come back after a while?".to_owned())
    }

    /// Whether something happened since the last put to the key.
    fn has_happened(&self, is: impl Fn(&Happening) -> bool) -> bool {
        self.evidence.count([self.last, self.get], is) > 0
    }

    /// The get of the key, or the restart, that is needed.
    fn of_the_gets(&self) -> Option<String> {
        let (calls, put) = (self.calls(), self.name(self.last));
        let is_get = |at: &usize| calls[*at].key == calls[self.get].key && !is_put(&calls[*at]);
        let found = |at: &usize, put: usize| is_get(at) && found_in(calls, *at) == Some(put);
        if let Some(read) = (self.source..self.last).rfind(|at| found(at, self.source)) {
            return Some(format!(": is it cached since {} read it?", self.name(read)));
        }
        if let Some(read) = (self.last..self.get).find(|at| found(at, self.last)) {
            return Some(format!(", and {} had returned the newer one: is {put} undone?", self.name(read)));
        }
        if let Some(miss) = (0..self.source).rfind(|at| is_get(at) && has_missed(&calls[*at])) {
            return Some(format!(", and {} is needed for it: what does a miss leave behind?", self.name(miss)));
        }
        if self.has_happened(|happening| matches!(happening, Happening::Killed { .. })) {
            return Some(format!(
                ", and the process was killed after {put} had returned: had the value left it by then, and is it read last?"
            ));
        }
        let is_restart = |happening: &Happening| matches!(happening, Happening::Restarted { .. });
        self.has_happened(is_restart).then(|| {
            format!(", and the store was opened again: was {put} written when it returned, and is it read last?")
        })
    }

    /// What the last put has to do with the others.
    fn of_the_puts(&self) -> Option<String> {
        let (calls, put) = (self.calls(), self.name(self.last));
        if calls[self.last].handle != calls[self.get].handle {
            let handle = calls[self.get].handle;
            return Some(format!(
                ", and {put} went through another handle: does handle {handle} keep values of its own?"
            ));
        }
        let is_the_same =
            |at: &usize| calls[*at].key == calls[self.get].key && value(&calls[*at]) == value(&calls[self.last]);
        (0..self.last).rfind(is_the_same).map(|same| {
            format!(", and {put} stored the same as {}: is it taken for what was done already?", self.name(same))
        })
    }
}
