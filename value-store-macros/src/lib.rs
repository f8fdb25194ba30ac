//! The macros of value-store's conformance suite. Use them through the `value-store` crate, which re-exports the
//! attribute and has the list of cases.
//!
//! An annotated function goes through two steps, because the list of cases is a macro of the other crate:
//!
//! 1. The attribute checks the function and keeps it (`factory.rs`). It then calls the list's macro, and hands over the
//!    function's signature and the arguments (`handover.rs`).
//! 2. The list's macro calls `expand!`, and adds the list. `expand!` reads the arguments (`args.rs`) and the list
//!    (`suite.rs`), checks the one against the other (`validate.rs`), and writes the module (`expand.rs`).
//!
//! An argument is a word (`words.rs`), and what it is given (`setting.rs`): for some words, cases with reasons
//! (`reasons.rs`). Mistakes are collected (`fallback.rs`) and reported together, each of them once.

mod args;
mod disk;
mod expand;
mod factory;
mod fallback;
mod handover;
mod reasons;
mod setting;
mod suite;
mod tokens;
mod validate;
mod words;

use proc_macro::TokenStream;

/// Runs the conformance suite on the stores that a function opens.
///
/// The function stays as it is. The attribute adds a module of the same name. It has a module for each family of cases,
/// and in that a `#[tokio::test]` for each case: `memory::overwrite::second_put_wins`.
///
/// ```ignore
/// use value_store::{stores::MemoryStore, value_store_tests};
///
/// #[value_store_tests(settled)]
/// fn memory() -> MemoryStore {
///     MemoryStore::new()
/// }
/// ```
///
/// # The function
///
/// It is a `fn` or an `async fn`. It takes nothing, or one `&Context`. It returns a store, or a `Result` of a store
/// with any error that has a message. The store's type may be one that implements `ValueStore`, or `impl ValueStore`,
/// `Arc<dyn ValueStore>` and the like.
///
/// The function stands in a module, not in another function. `#[cfg]`, `#[ignore]` and `#[allow]` on it apply to its
/// cases too.
///
/// The module has the function's name, so that name must differ from those of crates and modules that are used beside
/// it: in the tests of a crate `disk`, a factory `disk` makes `use disk::Disk` ambiguous.
///
/// # The arguments
///
/// | word | meaning |
/// |---|---|
/// | `durable`, `power_loss`, `disk_faults`, `shared`, `convergent`, `monotonic`, `settled`, `faults`, `linearizable` | claims: the store is held to what they promise; the cases of a claim that is not made are ignored |
/// | `propagation = "2s"` | the time within which `shared` and `convergent` must hold; without it, they must hold at once |
/// | `max_key_len = N`, `max_value_len = N` | the limits of the store in bytes, at least 16: the suite stays within them, and tests both sides of each |
/// | `records = path` | the network takes only records that it can validate: the suite takes its keys and values from this constant, whose type implements `conformance::records::Records` |
/// | `skip(family = "why", family::case = "why")` | these cases are ignored, with that reason |
/// | `expect_failure(family::case = "why")` | these cases run, and must fail: if one passes, its test fails |
/// | `flavor = "multi_thread"`, `worker_threads = N`, `start_paused = true` | the runtime, as in `#[tokio::test]` |
/// | `deadline = "30s"` | how long a whole case may take, beside what it waits for `propagation` |
/// | `grace = "100ms"` | how long after its timeout a call may still return |
/// | `crate = path` | where the `value-store` crate is, if not at `::value_store` |
///
/// A duration is a whole number and a unit: `ns`, `us`, `ms`, `s`, `m` or `h`. The values shown for `deadline` and
/// `grace` are the defaults. `start_paused` suits only stores that do all their work on the runtime: a paused clock
/// jumps ahead whenever the runtime is idle, even if a thread elsewhere is at work.
#[proc_macro_attribute]
pub fn value_store_tests(arguments: TokenStream, item: TokenStream) -> TokenStream {
    factory::attribute(&arguments.into(), &item.into()).into()
}

/// The second step: see the top of this file. Not for use by hand.
#[doc(hidden)]
#[proc_macro]
pub fn expand(input: TokenStream) -> TokenStream {
    expand::with_list(input.into()).into()
}
