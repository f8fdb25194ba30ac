//! The suite: what `#[value_store_tests]` on a factory runs.

mod cases;
mod context;
mod failure;
mod history;
mod panics;
mod report;
mod runner;
mod seed;
mod session;
mod subject;
mod suite;
mod timing;
#[cfg(test)]
mod wrong;

pub use context::Context;

/// What the expansion of the attribute names. Nothing here is for use by hand, and all of it may change.
#[doc(hidden)]
pub mod expansion {
    pub use tokio;
    pub use value_store_macros::expand;

    pub use super::runner::run;
    pub use super::subject::{Opening, Parameter, Runtime, Settings, Subject, into_store, opening};
    pub use crate::Context;
}
