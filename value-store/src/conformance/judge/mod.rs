//! Runs one case against one subject, and always returns.
//!
//! A [run](run_case) has a thread and [runtimes](runtime) of its own. The [watchdog] waits for it on another thread, so the
//! run ends even if the store blocks for ever. Meanwhile the [canary] finds out whether the machine is overloaded.
//! What fails is made smaller: see [example].

mod canary;
mod example;
mod hang;
mod outcome;
mod run;
mod runtime;
mod watchdog;
mod watched;

pub(crate) use self::example::Search;
pub use self::outcome::{CaseReport, Diagnosis, Outcome};
pub(crate) use self::run::{Run, run_case};
