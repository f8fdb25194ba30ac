//! Random sequences of calls, held to a model and shrunk when they fail.
//!
//! A sequence runs in a world of its own. The model is a map that knows, for each key, [what it may have](register). When a
//! call ends otherwise, the sequence is [run again and again](shrink), shorter and simpler, for as long as it still fails;
//! the history is that of the last one that did.

mod attempt;
mod register;
mod shrink;
mod step;
#[cfg(test)]
mod tests;

use std::time::Instant;

use self::attempt::{Attempt, run};
use self::shrink::Shrinking;
use self::step::Sequence;
use crate::conformance::failure::Verdict;
use crate::conformance::session::Session;

/// What a sequence is made of.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Mix {
    /// Puts and gets.
    Plain,
    /// Puts and gets, with options and timeouts, and some of them dropped.
    AnyManner,
    /// All that, and restarts.
    WithRestarts,
    /// Puts and gets through several handles.
    WithPeers,
}

/// Short ones first: what they find takes the least time to shrink.
const LENGTHS: [usize; 7] = [10, 20, 40, 60, 60, 60, 100];

/// Draws sequences of calls, and expects each call to end as the model says.
pub(crate) async fn hold(case: &Session, mix: Mix) -> Verdict {
    for length in LENGTHS {
        let sequence = case.random(|random| Sequence::draw(random, mix, length));
        match run(case, &sequence, || case.has_time()).await? {
            Attempt::Passed => {}
            Attempt::OutOfTime => break,
            Attempt::Failed { failure, step } => return Shrinking::new(case, sequence, failure, step).shrink().await,
        }
    }
    Ok(())
}

/// When shrinking has to end. What is left of the deadline is for a last attempt, however slow the store.
fn end_of_shrinking(case: &Session) -> Option<Instant> {
    Instant::now().checked_add(case.settings().deadline / 4)
}
