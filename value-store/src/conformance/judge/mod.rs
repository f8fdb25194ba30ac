//! Runs one case against one subject, and always returns.
//!
//! A [run](run_case) has a thread and [runtimes](runtime) of its own. The [watchdog] waits for it on another thread, so the
//! run ends even if the store blocks for ever. Meanwhile the [canary] finds out whether the machine is overloaded.
//! What fails is made smaller: see [example]. What is only looked at is [observed](observe). A [victim] is a process that opens a store and waits to be killed.

mod canary;
mod example;
mod hang;
mod observe;
mod outcome;
mod run;
mod runtime;
mod victim;
mod watchdog;
mod watched;

pub(crate) use self::example::Search;
pub(crate) use self::observe::observe;
pub use self::outcome::{CaseReport, Diagnosis, Outcome};
pub(crate) use self::run::{Run, run_case};
pub(crate) use self::victim::serve;
