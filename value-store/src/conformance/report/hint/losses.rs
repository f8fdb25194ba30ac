//! Why a get found nothing where there should be a value.

use std::time::Duration;

use super::left_behind::{last_given_up, of_what_was_not_done};
use crate::conformance::history::{Happening, Operation};
use crate::conformance::report::evidence::{Evidence, has_found, has_missed, is_put, value};
use crate::conformance::report::operations::{call, duration};
use crate::conformance::script;
use crate::conformance::session::prefix;
use crate::conformance::suite::Case;

/// If this much time passes between a put and a get, the value may have expired.
const LONG: Duration = Duration::from_millis(500);

/// A value that was put, and the get that did not find it.
struct Loss<'a> {
    evidence: &'a Evidence<'a>,
    put: usize,
    get: usize,
}

pub(super) fn of_a_loss(evidence: &Evidence<'_>, get: usize) -> Option<String> {
    let loss = Loss { evidence, put: evidence.last_put(get)?, get };
    let told = loss
        .of_a_put_that_was_not_done()
        .or_else(|| loss.of_a_kill())
        .or_else(|| loss.of_what_is_odd())
        .or_else(|| loss.of_an_overlap());
    let told = told.or_else(|| loss.of_the_gets()).or_else(|| loss.of_what_was_given_up());
    let told = told.or_else(|| loss.of_the_handles()).or_else(|| loss.of_the_time());
    Some(told.unwrap_or_else(|| loss.of_the_other_puts()))
}

impl Loss<'_> {
    fn calls(&self) -> &[Operation] {
        self.evidence.operations
    }

    fn written(&self) -> &Operation {
        &self.calls()[self.put]
    }

    fn sought(&self) -> &Operation {
        &self.calls()[self.get]
    }

    /// The calls after the put and before the get, with their indices.
    fn between(&self) -> impl DoubleEndedIterator<Item = (usize, &Operation)> {
        self.calls().iter().enumerate().take(self.get).skip(self.put + 1)
    }

    fn puts_between(&self) -> usize {
        self.between().filter(|(_, other)| is_put(other)).count()
    }

    fn is_get(&self, get: &Operation) -> bool {
        get.key == self.sought().key && !is_put(get)
    }

    /// Whether something happened between the put and the get.
    fn has_happened(&self, is: impl Fn(&Happening) -> bool) -> bool {
        self.evidence.count([self.put, self.get], is) > 0
    }

    fn of_a_put_that_was_not_done(&self) -> Option<String> {
        let not_done = of_what_was_not_done(self.written())?;
        Some(format!("{}: did it take the old value with it?", self.evidence.after(self.put, not_done)))
    }

    /// The key, the value or the options, if they are not plain.
    fn of_what_is_odd(&self) -> Option<String> {
        let (key, value) = (&self.sought().key, value(self.written())?);
        let is_needed = self.evidence.needs_all();
        let is_text = |key: &[u8]| std::str::from_utf8(key).is_ok();
        let is_first = !self.calls()[..self.get].iter().any(|other| !is_text(&other.key) && has_found(other));
        let about = about(self.evidence.case);
        Some(if value.is_empty() {
            "the value is empty: is that taken for the absence of one?".to_owned()
        } else if key.is_empty() {
            "is the empty key taken for none? It is a key like any other".to_owned()
        } else if !is_text(key) && is_first {
            "the key is not UTF-8: is it made into text on its way?".to_owned()
        } else if is_needed && !is_plain_key(key) {
            format!("with a fresh key of a few letters and digits it is there: {about}")
        } else if is_needed && !script::is_plain(value) && self.puts_between() < 2 {
            // With more puts between, it may be all their lengths together that matter.
            format!("with another value it is there: {about}")
        } else if !self.written().options.iter().eq(self.sought().options.iter()) {
            let [put, get] = [self.put, self.get].map(|index| call(self.calls(), index));
            format!("{put} and {get} have different options: do those decide where a value is kept?")
        } else if is_needed && self.sought().options.timeout().is_some() {
            "without the timeout of the get it is there: is the end of that timeout taken for a miss?".to_owned()
        } else {
            return None;
        })
    }

    fn of_an_overlap(&self) -> Option<String> {
        let beside = self.calls().iter().position(|other| is_put(other) && other.runs_beside(self.written()));
        let of_the_put = beside.map(|beside| (self.put.min(beside), self.put.max(beside)));
        let (one, other) = of_the_put.or_else(|| self.evidence.overlap().filter(|_| self.evidence.needs_overlap))?;
        Some(format!("{}: does one undo the other?", self.evidence.beside(one, other)))
    }

    /// What the gets of the key say about the loss.
    fn of_the_gets(&self) -> Option<String> {
        let is_given_up = |get: &Operation| self.is_get(get) && of_what_was_not_done(get).is_some() && !has_missed(get);
        if let Some((index, get)) = self.between().rfind(|(_, get)| is_given_up(get)) {
            let became = of_what_was_not_done(get)?;
            return Some(format!("{}: did it take the value with it?", self.evidence.after(index, became)));
        }
        if let Some((index, _)) = self.between().rfind(|(_, get)| self.is_get(get) && has_found(get)) {
            let get = call(self.calls(), index);
            let has_nothing_between = index + 1 == self.get && self.evidence.count([index, self.get], |_| true) == 0;
            return Some(if has_nothing_between {
                format!("{get} still found it, and nothing came between: is it used up, or is it not in every copy?")
            } else {
                format!("{get} still found it: is it used up, pushed out, or out of sight for a while?")
            });
        }
        let miss = self.calls()[..self.put].iter().rposition(|get| self.is_get(get) && has_missed(get))?;
        let mut before = self.calls()[..self.get].iter().enumerate();
        let is_common = before.any(|(at, other)| was_missed_and_found(self.calls(), at, other));
        (!is_common)
            .then(|| format!("{} came before the put and missed: is the miss remembered?", call(self.calls(), miss)))
    }

    fn of_what_was_given_up(&self) -> Option<String> {
        let given_up = last_given_up(self.evidence, self.get)?;
        let after = self.evidence.after(given_up, of_what_was_not_done(&self.calls()[given_up])?);
        Some(if given_up > self.put {
            format!("{after}: did it take the value with it?")
        } else {
            format!("{after}: is it undone later, with what came after it, or is a transaction left open?")
        })
    }

    /// The process was killed between the put and the get.
    fn of_a_kill(&self) -> Option<String> {
        let kills =
            self.evidence.count([self.put, self.get], |happening| matches!(happening, Happening::Killed { .. }));
        let put = call(self.calls(), self.put);
        match kills {
            0 => None,
            1 => Some(format!(
                "the process was killed after {put} had returned Ok: had the value left the process by then, and does the \
                 next one read all of it?"
            )),
            _ => Some(format!(
                "since {put} the process was killed {kills} times: does each one that opens the store keep all that it finds?"
            )),
        }
    }

    /// The get went through another handle than the put.
    fn of_the_handles(&self) -> Option<String> {
        if self.written().handle == self.sought().handle {
            let told = "another store was closed in between: does that empty this one, too?";
            return self
                .has_happened(|happening| matches!(happening, Happening::Ended { .. }))
                .then(|| told.to_owned());
        }
        let restarts =
            self.evidence.count([self.put, self.get], |happening| matches!(happening, Happening::Restarted { .. }));
        let is_last = !self.between().any(|(_, other)| other.handle == self.written().handle && is_put(other));
        let [written, sought] = [self.written().handle, self.sought().handle];
        let told = match restarts {
            0 if self
                .has_happened(|happening| matches!(happening, Happening::Dropped { handle } if *handle == written)) =>
            {
                format!("handle {written} put it, and was dropped: did it take the value with it?")
            }
            0 if self.has_happened(
                |happening| matches!(happening, Happening::Opened { handle, .. } if *handle == sought),
            ) =>
            {
                format!("handle {sought} was opened after the put: does it see only what is put from then on?")
            }
            0 => "it was put through another handle: does put return before others can find the value?".to_owned(),
            1 if is_last => {
                "it was the last put before the store was opened again: was it written when put returned?".to_owned()
            }
            1 => "the store was opened again in between: is all that was written read again?".to_owned(),
            _ => "the store was opened again, and again: is all that is read kept?".to_owned(),
        };
        Some(told)
    }

    fn of_the_time(&self) -> Option<String> {
        let since = self.written().ended.as_ref().map(|(end, _)| self.sought().begun.duration_since(*end));
        let since = since.filter(|since| *since >= LONG && !self.between().any(|(_, other)| is_put(other)))?;
        Some(format!("{} passed since it was put: do values expire?", duration(since)))
    }

    /// What the puts beside that of the value say about the loss.
    fn of_the_other_puts(&self) -> String {
        let (calls, put) = (self.calls(), self.put);
        let of_equal_value = |other: &usize| value(&calls[*other]) == value(&calls[put]);
        let of_the_key = (0..put).rfind(|other| calls[*other].key == calls[put].key && of_equal_value(other));
        if let Some(same) = of_the_key.filter(|_| self.evidence.needs_all()) {
            return format!("{} stored the same value before: does the same again remove it?", call(calls, same));
        }
        let is_replaced = |other: &usize| self.between().any(|(_, put)| put.key == calls[*other].key && is_put(put));
        let of_another_key = (0..put).find(|other| of_equal_value(other) && is_replaced(other));
        if let Some(equal) = of_another_key.filter(|_| self.evidence.needs_all()) {
            return format!("{} stored an equal value: are equal values kept as one?", call(calls, equal));
        }
        let between = self.puts_between();
        let others = only_loss_among(calls).filter(|_| between > 0);
        let about = about(self.evidence.case);
        match (others, between) {
            (_, 2..) if self.evidence.needs_all() => {
                format!("it fails only after {between} puts to other keys: did they push this one out?")
            }
            (Some(others), _) => format!("the {others} other values that were read are there: {about}"),
            _ if finds_older(calls, put) => format!("values that were put before it are there: {about}"),
            (_, 0) if calls[put].task != calls[self.get].task => {
                "it was put by another task, or on another thread: has each of them values of its own?".to_owned()
            }
            (_, 0) => "it came right after the put: does put return before the value can be read?".to_owned(),
            (_, 1) => "one put to another key came between: did it take the place of this one?".to_owned(),
            (_, count) => format!("{count} puts to other keys came between: did they push this one out?"),
        }
    }
}

fn is_plain_key(key: &[u8]) -> bool {
    prefix::split(key).is_some() && key.len() <= 24 && key.iter().all(u8::is_ascii_alphanumeric)
}

/// Whether the get found a value, and an earlier get had missed the key before it was put.
fn was_missed_and_found(operations: &[Operation], at: usize, get: &Operation) -> bool {
    let put = operations[..at].iter().rposition(|put| put.key == get.key && is_put(put));
    let missed = |put| operations[..put].iter().any(|miss: &Operation| miss.key == get.key && has_missed(miss));
    has_found(get) && put.is_some_and(missed)
}

/// What may be wrong if the case is about special keys or values, and only one of them is lost.
fn about(case: &Case) -> &'static str {
    match case.path {
        "key_identity::separator_confusion" => "is a key, or a key and its value, written in parts with a separator?",
        "key_identity::file_names_literal" => "is a key made into the name of a file?",
        "key_identity::reserved_names" => "is the key a name that the store uses itself?",
        "value_fidelity::sentinels" => "does the store take this value for none?",
        "value_fidelity::a_key_as_a_value" => "is a value that is a key taken for a reference?",
        _ => "is it something about this key, or about its value?",
    }
}

/// Whether a get after this put found a value that was put before it.
fn finds_older(operations: &[Operation], put: usize) -> bool {
    let is_older = |get: &Operation| {
        let source = operations.iter().rposition(|source| source.key == get.key && is_put(source));
        source.is_some_and(|source| source < put)
    };
    operations[put + 1..].iter().any(|get| has_found(get) && is_older(get))
}

/// How many gets found a value, if these are at least a few and exactly one get found none.
fn only_loss_among(operations: &[Operation]) -> Option<usize> {
    const A_FEW: usize = 4;
    let was_put = |get: &Operation| operations.iter().any(|put| put.key == get.key && is_put(put));
    let found = operations.iter().filter(|get| has_found(get)).count();
    // A key may well be missing before it is put, so only the gets after the last put count.
    let last_put = operations.iter().rposition(is_put)?;
    let lost = operations[last_put..].iter().filter(|get| has_missed(get) && was_put(get)).count();
    (found >= A_FEW && lost == 1).then_some(found)
}
