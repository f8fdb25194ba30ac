//! The macros of value-store's conformance suite. They are used through the `value-store` crate, which re-exports the
//! attribute and knows the cases.
//!
//! An annotated function goes through two steps, because the list of cases is a macro of the other crate. The attribute
//! checks the function (`factory.rs`), keeps it, and calls that macro with what it got. The macro calls `expand!` with the
//! list, which reads the arguments (`args.rs`) and the list (`suite.rs`), holds the one against the other (`validate.rs`),
//! and writes the module (`expand.rs`). Whatever is wrong is collected (`fallback.rs`) and reported together, each mistake
//! once.

mod args;
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
/// The function stays as it is. Beside it comes a module of its name with a `#[tokio::test]` for each case of the suite,
/// in a module for each family: `memory::overwrite::second_put_wins`.
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
/// It is a `fn` or an `async fn`, takes nothing or one `&Context`, and returns a store, or a `Result` of one: a type that
/// implements `ValueStore`, `impl ValueStore`, `Arc<dyn ValueStore>` and the like. The error may be any with a message. The
/// function stands in a module, not in another function. `#[cfg]`, `#[ignore]` and `#[allow]` on it hold for its cases.
///
/// The module has the function's name, so that has to differ from the names of the crates and modules that are used beside
/// it: in the tests of a crate `disk`, a factory `disk` makes `use disk::Disk` ambiguous.
///
/// # The arguments
///
/// | word | meaning |
/// |---|---|
/// | `durable`, `shared`, `convergent`, `settled`, `faults`, `linearizable` | claims: the store is held to what they promise; without them, those cases are ignored |
/// | `propagation = "2s"` | the bound within which `shared` and `convergent` are to hold; at once without it |
/// | `max_key_len = N`, `max_value_len = N` | the limits of the store in bytes, 16 at least: the suite stays within them, and tests both sides of each |
/// | `records = path` | the network takes only records that it can validate; they come from this constant, whose type implements `conformance::records::Records` |
/// | `skip(family = "why", family::case = "why")` | these are ignored, with that reason |
/// | `expect_failure(family::case = "why")` | these run, and are to fail; to pass is a failure |
/// | `flavor = "multi_thread"`, `worker_threads = N`, `start_paused = true` | the runtime, as in `#[tokio::test]` |
/// | `deadline = "30s"` | how long a case may take as a whole |
/// | `grace = "100ms"` | how late a call may end that timed out |
/// | `crate = path` | where the `value-store` crate is, if not at `::value_store` |
///
/// Durations are a whole number and a unit: `ns`, `us`, `ms`, `s`, `m` or `h`. The figures shown for `deadline` and `grace`
/// are the defaults. `start_paused` suits only stores that do all their work on the runtime: its clock jumps ahead whenever the
/// runtime has nothing to do, even if a thread elsewhere has.
#[proc_macro_attribute]
pub fn value_store_tests(arguments: TokenStream, item: TokenStream) -> TokenStream {
    factory::attribute(&arguments.into(), &item.into()).into()
}

/// The second step: see the crate's documentation. Not for use by hand.
#[doc(hidden)]
#[proc_macro]
pub fn expand(input: TokenStream) -> TokenStream {
    expand::with_list(input.into()).into()
}
