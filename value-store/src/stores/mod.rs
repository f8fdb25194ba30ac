//! Stores that are ready to use, each behind the feature of its name; [`MemoryStore`] is always there.

#[cfg(feature = "delegated")]
pub mod delegated;
mod memory;
#[cfg(feature = "redb")]
mod redb;

#[cfg(feature = "delegated")]
pub use delegated::DelegatedStore;
pub use memory::MemoryStore;
#[cfg(feature = "redb")]
pub use redb::{OpenError, RedbStore};
