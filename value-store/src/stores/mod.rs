//! Stores that are ready to use, each behind the feature of its name; [`MemoryStore`] is always there.

#[cfg(feature = "kad")]
pub mod kad;
mod memory;
#[cfg(feature = "redb")]
mod redb;
#[cfg(any(feature = "kad", feature = "redb"))]
mod timeout;

#[cfg(feature = "kad")]
pub use kad::KadStore;
pub use memory::MemoryStore;
#[cfg(feature = "redb")]
pub use redb::{OpenError, RedbStore};
