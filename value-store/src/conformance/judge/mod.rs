//! Runs one case against one subject, and always comes back.
//!
//! A [run](run_case) has a thread and [runtimes](runtime) of its own. The [watchdog] waits for it from outside, so that a case
//! ends even if its store blocks for ever; and beside it the [canary] tells whether the machine is to blame.

mod canary;
mod outcome;
mod run;
mod runtime;
mod watchdog;

pub use self::outcome::{CaseReport, Outcome};
pub(crate) use self::run::{Run, run_case};
