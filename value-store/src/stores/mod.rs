//! Stores that are ready to use, and stores that combine others.
//!
//! [`MemoryStore`] needs no feature, and neither do the stores that combine others: [`Tiered`], [`Parallel`] and
//! [`Prefixed`]. Each of the rest is behind a feature of its name.

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
