//! Stores that are ready to use, each behind the feature of its name; [`MemoryStore`] is always there.

mod memory;

pub use memory::MemoryStore;
