//! Stores that are ready to use, and stores that are made of others.
//!
//! [`MemoryStore`] is always there, as are those that combine stores: [`Tiered`], [`Parallel`] and [`Prefixed`]. The others
//! are each behind the feature of its name.

#[cfg(feature = "delegated")]
pub mod delegated;
mod members;
mod memory;
mod parallel;
mod prefixed;
#[cfg(feature = "redb")]
mod redb;
mod tiered;

#[cfg(feature = "delegated")]
pub use delegated::DelegatedStore;
pub use members::MembersError;
pub use memory::MemoryStore;
pub use parallel::Parallel;
pub use prefixed::Prefixed;
#[cfg(feature = "redb")]
pub use redb::{OpenError, RedbStore};
pub use tiered::Tiered;
