//! The suite: what `#[value_store_tests]` on a factory runs.
//!
//! A factory is a function that opens a store. The attribute puts a module of its name beside it, with a test for each
//! case: `memory::overwrite::second_put_wins`. The [attribute](crate::value_store_tests) has words for what a store claims
//! beyond the [contract](crate::ValueStore#contract), for what to skip, and for how patient to be.
//!
//! ```
//! use value_store::{Context, stores::MemoryStore, value_store_tests};
//!
//! #[value_store_tests(settled)]
//! fn memory(context: &Context) -> MemoryStore {
//!     let store = MemoryStore::new();
//!     context.member(store.peer_id());
//!     store
//! }
//! # fn main() {}
//! ```
//!
//! # How a case runs
//!
//! Each case opens its stores in a [`Context`], a world of its own, on a thread and a runtime of its own. A case that does
//! not end by its deadline fails, even if its store blocks the thread for ever, and names the call that did not return. A
//! panic of the factory, of the store or of its drop fails the case that it happened in, and no other.
//!
//! A store that claims to be `durable` is restarted: all its handles and everything shared are dropped, the runtime ends
//! with all that still runs on it, and the factory is called again with the same context, whose directory is all that is
//! left.
//!
//! # Outages
//!
//! A store that claims `faults` reaches its backend through what its context gives it: a [link](Context::link), which forwards
//! TCP, or a [gate](Context::gate), for a backend in the same process. The suite stalls them, cuts them off and heals them.
//! A put cannot succeed then. A get may still answer from what the store has, as long as that is what the key has; that
//! there is nothing is an answer only of a backend that answers, unless nothing was ever put. After an outage a store may
//! take a while to be back, up to a quarter of the deadline of a case.
//!
//! # Several handles
//!
//! A store that claims to be `shared` or `convergent` is opened several times with one context. What is put through one
//! handle has to be seen through the others at once, or within the `propagation` that the attribute declares.
//!
//! # Records
//!
//! A store on a network that takes only records which it can validate is given those: see [`records`].
//!
//! # Other languages
//!
//! A store in any language that answers HTTP can be judged: see `other_languages`, with the feature `delegated`.
//!
//! # What a failure leaves
//!
//! The report of a failure names the rule, says what happened, lists the calls, and says how to run the case again. Where
//! calls ran at the same time, it also names a file below the target directory: a page that shows them as bars over time,
//! with those to blame marked, for any browser. A random sequence of calls that fails (the family `model`) is made as short
//! as it can be, and the report has only what is left of it.
//!
//! # Without `cargo test`
//!
//! [`check`] runs the same cases from any program, and returns a [`Report`].
//!
//! # Randomness
//!
//! Keys and values come from one seed, which a failure prints; the environment variable `VALUE_STORE_SEED` sets it, and
//! replays the failure. Keys begin with a part that is the case's alone, so that the suite can run on a backend with other
//! content; a replay uses the same keys again.
//!
//! # Time
//!
//! A call with a timeout is late if it ends later than a timer of that length, started with it on a thread of its own, and
//! a grace of 100 ms; and only if that happens five times in a row. What delays a good store, a loaded machine above all,
//! delays the timer as well. Cases that make many calls stop early on a store that is slow, and say so in a note, which
//! `cargo test -- --show-output` shows.

mod cases;
mod check;
mod history;
mod judge;
pub mod linearizability;
mod model;
#[cfg(feature = "delegated")]
#[doc = include_str!("other_languages.md")]
pub mod other_languages {}
pub mod records;
mod report;
mod session;
mod subject;
mod suite;
mod world;

pub use self::check::{CaseReport, Check, Outcome, Report, check};
pub use self::subject::Claim;
pub use self::world::{Context, Gate};

/// What the expansion of the attribute names. Nothing here is for use by hand, and all of it may change.
#[doc(hidden)]
pub mod expansion {
    pub use tokio;
    pub use value_store_macros::expand;

    pub use super::check::run;
    pub use super::subject::{Claim, Opening, Parameter, Runtime, Settings, Subject, into_store, opening};
    pub use crate::Context;
}
