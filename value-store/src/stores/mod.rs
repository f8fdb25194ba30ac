//! Stores that are ready to use, and stores that combine others.
//!
//! [`MemoryStore`] needs no feature, and neither do the stores that combine others: [`Tiered`], [`Parallel`] and
//! [`Prefixed`]. Each of the rest is behind a feature of its name.
//!
//! # Seen from outside
//!
//! `KadStore`, `RedbStore`, `DelegatedStore` and `IpnsStore` tell what they do by [`tracing`](https://docs.rs/tracing). Unless a
//! subscriber listens at the level `DEBUG`, that costs next to nothing.
//!
//! Each call is a span `call` of the target `value_store`. It has the fields `store`, `call` (`put` or `get`) and `key`, which
//! is the 32-bit FNV-1a hash of the key in hexadecimal: a key may be long, binary or secret. When the call ends, an event in
//! the span has its `outcome` and the time that it `took`. The outcome is `ok`, `not found`, `timeout`, `invalid key`,
//! `invalid value` or `backend`, with the `error` and its sources, or `dropped` if the caller dropped the call.
//!
//! A node of a DHT also tells, with the target `value_store::kad`, what its calls ask of peers. The field `id` is that of the
//! call's span, and the peers are counted as `asked`, `answered`, `failed` and `pending`. The example `traced` shows all this:
//!
//! ```text
//! cargo run --package value-store --features kad,redb --example traced
//! ```

#[cfg(feature = "delegated")]
pub mod delegated;
#[cfg(feature = "kad")]
pub mod kad;
mod members;
mod memory;
mod parallel;
mod prefixed;
#[cfg(feature = "redb")]
mod redb;
mod tiered;
#[cfg(any(feature = "delegated", feature = "kad", feature = "redb"))]
mod trace;

#[cfg(feature = "delegated")]
pub use delegated::DelegatedStore;
#[cfg(feature = "kad")]
pub use kad::KadStore;
pub use members::MembersError;
pub use memory::MemoryStore;
pub use parallel::Parallel;
pub use prefixed::Prefixed;
#[cfg(feature = "redb")]
pub use redb::{OpenError, RedbStore};
pub use tiered::Tiered;
