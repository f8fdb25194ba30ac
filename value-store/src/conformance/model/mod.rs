//! Random sequences of calls.
//!
//! Each sequence runs in its own world, and each of its calls has to end as the contract allows. The judge makes the calls
//! of a sequence that fails again, fewer and simpler.

mod attempt;
mod step;

pub(crate) use self::step::Mix;

use self::attempt::{Attempt, run};
use self::step::Sequence;
use crate::conformance::history::Verdict;
use crate::conformance::session::Session;

/// How many steps the sequences have. Short ones come first: what they find takes the least time to make smaller.
const LENGTHS: [usize; 7] = [10, 20, 40, 60, 60, 60, 100];

/// Draws sequences of calls, and expects each call to end as the model says.
pub(crate) async fn check(case: &Session, mix: Mix) -> Verdict {
    for length in LENGTHS {
        let sequence = case.random(|random| Sequence::draw(random, mix, length));
        match run(case, &sequence).await? {
            Attempt::Passed => {}
            Attempt::OutOfTime => break,
            Attempt::Failed(failure) => return Err(failure),
        }
    }
    Ok(())
}
