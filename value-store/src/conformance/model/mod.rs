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

pub(crate) use self::step::Mix;

use self::attempt::{Attempt, run};
use self::shrink::Shrinking;
use self::step::Sequence;
use crate::conformance::history::Verdict;
use crate::conformance::session::Session;

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
