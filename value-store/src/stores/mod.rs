//! Stores that are ready to use, each behind the feature of its name; [`MemoryStore`] is always there.

mod memory;
#[cfg(feature = "redb")]
mod redb;

pub use memory::MemoryStore;
#[cfg(feature = "redb")]
pub use redb::{OpenError, RedbStore};
