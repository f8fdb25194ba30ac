//! Random sequences of calls, checked against a model and shrunk when they fail.
//!
//! Each sequence runs in its own world. The model is a map from each key to the [values that it may have](register).
//! When a call ends in another way, the suite [shrinks](shrink) the sequence: it runs it again and again, shorter and
//! simpler, for as long as it still fails. The history then has the calls of the last run that failed.

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

/// How many steps the sequences have. Short ones come first: what they find takes the least time to shrink.
const LENGTHS: [usize; 7] = [10, 20, 40, 60, 60, 60, 100];

/// Draws sequences of calls, and expects each call to end as the model says.
pub(crate) async fn check(case: &Session, mix: Mix) -> Verdict {
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
