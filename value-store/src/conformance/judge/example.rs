//! The smallest example of a failure.
//!
//! What failed is done again in fresh worlds, with fewer calls and simpler ones, for as long as it still fails and there is
//! time. The report then shows the smallest run that failed: a run that happened.

#[cfg(test)]
mod tests;

use std::mem::discriminant;
use std::sync::Arc;
use std::time::Instant;

use super::watched::{Ran, again};
use crate::conformance::history::{Call, Expected, Failure, History, Operation, Outcome, WentBack};
use crate::conformance::script::{Script, Standard, plain_value, replay};
use crate::conformance::session::Seed;
use crate::conformance::subject::Subject;

/// How often calls that run at the same time are made again before that shows something: chance has a part in it.
const RUNS: usize = 5;

/// A run that failed in the same way as that of a case, with fewer calls or simpler ones.
pub(crate) struct Example {
    pub(crate) history: Arc<History>,
    pub(crate) failure: Box<Failure>,
    /// Whether calls have to run at the same time for it.
    pub(crate) needs_overlap: bool,
    /// Whether everything that could make it smaller was tried. Otherwise the time was over.
    pub(crate) is_smallest: bool,
}

/// What came of the search for an example.
pub(crate) enum Search {
    Found(Example),
    /// The same calls did not fail again, in so many runs.
    NotAgain {
        runs: usize,
    },
}

/// Searches for the smallest run that fails as this one did, for a tenth of the deadline. Returns nothing for failures that
/// other calls cannot show: those that depend on time, and those that are no failures of calls.
pub(super) fn smallest(
    subject: &'static Subject,
    path: &'static str,
    seed: Seed,
    failure: &Failure,
    history: &History,
    prefix: &[u8],
) -> Option<Search> {
    let operations = history.operations();
    let symptom = Symptom::of(failure, &operations)?;
    let script = symptom.script(&operations, history, prefix)?;
    let standard = if matches!(failure, Failure::WentBack(_)) { Standard::ReadsOfAHandle } else { Standard::EachCall };
    if standard == Standard::EachCall && !subject.settings.propagation.is_zero() && script.has_several_handles() {
        // Then a get may be right or wrong depending on how long it comes after the put.
        return None;
    }
    let end = Instant::now() + subject.settings.deadline / 10;
    Shrinking { subject, path, seed, symptom, standard, end, attempts: 0, is_over: false }.search(&script)
}

/// How a failure shows, whatever the keys and the values.
#[derive(Debug)]
enum Symptom {
    Panic {
        /// The call that panicked, if it was one.
        index: Option<usize>,
    },
    NotOpened,
    Call {
        /// The call that ends last of those that show it.
        index: usize,
        shows: Shows,
    },
}

/// How a call ended that should have ended otherwise: whether it is a put, how it ended, and whether it is a get that should
/// have found nothing.
type Shows = (bool, String, bool);

impl Symptom {
    fn of(failure: &Failure, operations: &[Operation]) -> Option<Self> {
        let (index, expects_nothing) = match failure {
            Failure::Panicked { operation, .. } => return Some(Self::Panic { index: *operation }),
            Failure::NotOpened { .. } => return Some(Self::NotOpened),
            Failure::Unexpected { operation, expected } => (*operation, matches!(expected, Expected::Missing)),
            Failure::Stranger { operation, .. } | Failure::Early { operation, .. } => (*operation, false),
            Failure::NotLinearizable(violation) => (violation.blamed_read(), false),
            Failure::WentBack(WentBack { get, newer, .. }) => {
                // That the put was acknowledged belongs to it.
                let last = [*get, *newer].into_iter().max_by_key(|index| operations[*index].events.1).unwrap_or(*get);
                return Some(Self::Call { index: last, shows: shows(failure, &operations[*get], false) });
            }
            Failure::Late { .. } | Failure::Hung { .. } | Failure::Needs { .. } | Failure::Passed { .. } => {
                return None;
            }
        };
        Some(Self::Call { index, shows: shows(failure, &operations[index], expects_nothing) })
    }

    /// The call to blame, after which nothing matters.
    fn last(&self) -> Option<usize> {
        match self {
            Self::Call { index, .. } => Some(*index),
            Self::Panic { index } => *index,
            Self::NotOpened => None,
        }
    }

    /// What has to be done again for this to show, if that can be said.
    fn script(&self, operations: &[Operation], history: &History, prefix: &[u8]) -> Option<Script> {
        let script = Script::of(operations, &history.happenings(), prefix, self.last());
        if matches!(self, Self::NotOpened) { script.ending_with_an_opening() } else { Some(script) }
    }

    fn is(&self, other: &Self) -> bool {
        match (self, other) {
            (Self::Call { shows, .. }, Self::Call { shows: other, .. }) => shows == other,
            (symptom, other) => discriminant(symptom) == discriminant(other),
        }
    }
}

fn shows(failure: &Failure, operation: &Operation, expects_nothing: bool) -> Shows {
    let ending = match operation.outcome() {
        _ if matches!(failure, Failure::WentBack(_)) => "an older value".to_owned(),
        Some(Outcome::Failed(refusal)) => format!("{:?}", refusal.kind),
        Some(Outcome::Found(_)) if matches!(failure, Failure::Stranger { .. }) => "of a stranger".to_owned(),
        Some(Outcome::Found(_)) => "found".to_owned(),
        _ => "stored".to_owned(),
    };
    (matches!(operation.call, Call::Put(_)), ending, expects_nothing)
}

struct Shrinking {
    subject: &'static Subject,
    /// The case.
    path: &'static str,
    seed: Seed,
    symptom: Symptom,
    standard: Standard,
    end: Instant,
    /// How many runs there were.
    attempts: usize,
    is_over: bool,
}

/// A script that fails, and its last run.
struct Smallest {
    script: Script,
    history: Arc<History>,
    failure: Box<Failure>,
}

impl Shrinking {
    fn search(mut self, script: &Script) -> Option<Search> {
        let overlaps = script.overlaps();
        let serial = script.one_after_the_other();
        let is_tried = serial.is_some();
        let serial = serial.and_then(|serial| self.fails(&serial, 1));
        let needs_overlap = is_tried && serial.is_none();
        let runs = if overlaps { RUNS } else { 1 };
        let Some(mut smallest) = serial.or_else(|| self.fails(script, runs)) else {
            return (!self.is_over).then_some(Search::NotAgain { runs });
        };
        self.leave_out(&mut smallest);
        self.simplify(&mut smallest);
        self.shorten(&mut smallest);
        self.leave_out(&mut smallest);
        let Smallest { script, history, failure } = smallest;
        let needs_overlap = needs_overlap && script.overlaps();
        Some(Search::Found(Example { history, failure, needs_overlap, is_smallest: !self.is_over }))
    }

    /// Leaves out what is not needed: at first half of it at once, then less, and single steps last.
    fn leave_out(&mut self, smallest: &mut Smallest) {
        let mut count = smallest.script.parts().len().div_ceil(2);
        while count > 0 && !self.is_over {
            let mut first = 0;
            loop {
                let parts = smallest.script.parts();
                if first >= parts.len() {
                    break;
                }
                let some = &parts[first..parts.len().min(first + count)];
                let shorter = smallest.script.without(some);
                if !self.takes(smallest, &shorter) {
                    first += count;
                }
            }
            count /= 2;
        }
    }

    /// Replaces options, keys and drops by simpler ones, as long as that leaves the failure.
    fn simplify(&mut self, smallest: &mut Smallest) {
        while !self.is_over {
            let simpler = smallest.script.simpler();
            if !simpler.iter().any(|simpler| self.takes(smallest, simpler)) {
                break;
            }
        }
    }

    /// Replaces each value by a plain text, or else cuts it to the shortest length with which the script still fails.
    fn shorten(&mut self, smallest: &mut Smallest) {
        for (number, value) in smallest.script.odd_values().into_iter().enumerate() {
            let plain = smallest.script.with_value(&value, &plain_value(number + 1));
            if self.is_over || self.takes(smallest, &plain) {
                continue;
            }
            let (mut fails, mut passes) = (value, 0);
            while fails.len() > passes + 1 && !self.is_over {
                let middle = fails.slice(..passes.midpoint(fails.len()));
                let shorter = smallest.script.with_value(&fails, &middle);
                if self.takes(smallest, &shorter) {
                    fails = middle;
                } else {
                    passes = middle.len();
                }
            }
        }
    }

    /// Takes this script as the smallest one if it fails.
    fn takes(&mut self, smallest: &mut Smallest, script: &Script) -> bool {
        let runs = if script.overlaps() { RUNS } else { 1 };
        let taken = self.fails(script, runs);
        taken.map(|taken| *smallest = taken).is_some()
    }

    /// Runs a script up to `runs` times, and returns the first run that fails as the case did, without the steps after it.
    fn fails(&mut self, script: &Script, runs: usize) -> Option<Smallest> {
        (0..runs).find_map(|_| self.run_once(script))
    }

    fn run_once(&mut self, script: &Script) -> Option<Smallest> {
        let left = self.end.saturating_duration_since(Instant::now());
        if self.is_over || left.is_zero() {
            self.is_over = true;
            return None;
        }
        self.attempts += 1;
        // Under the same name it has the same keys, on which the failure may depend. Where worlds share a backend, they would
        // meet what the runs before have left.
        let name =
            if self.worlds_are_fresh() { self.path.to_owned() } else { format!("{}#{}", self.path, self.attempts) };
        let (body, standard) = (script.clone(), self.standard);
        let ran = again(self.subject, &name, self.seed, left, move |session| {
            let script = body.clone();
            Box::pin(async move { replay(session, &script, standard).await })
        });
        self.judge(ran)
    }

    /// Whether the author of the factory does not say that all worlds share a backend.
    fn worlds_are_fresh(&self) -> bool {
        let cases = ["factory", "factory::worlds_are_independent", "factory::starts_empty"];
        !self.subject.settings.skip.iter().any(|(name, _)| cases.contains(name))
    }

    fn judge(&mut self, ran: Ran) -> Option<Smallest> {
        let Some(verdict) = ran.verdict else {
            // A run that hangs leaves a thread behind, and says nothing about a failure that is no hang.
            self.is_over = true;
            return None;
        };
        let failure = verdict.err()?;
        let operations = ran.history.operations();
        let symptom = Symptom::of(&failure, &operations)?;
        let script = symptom.script(&operations, &ran.history, &ran.prefix)?;
        self.symptom.is(&symptom).then_some(Smallest { script, history: ran.history, failure })
    }
}
