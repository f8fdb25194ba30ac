//! Stores that are ready to use, and stores that are made of others.
//!
//! [`MemoryStore`] is always there, as are those that combine stores: [`Tiered`], [`Parallel`] and [`Prefixed`]. The others
//! are each behind the feature of its name.

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
#[cfg(any(feature = "kad", feature = "redb"))]
mod timeout;

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
