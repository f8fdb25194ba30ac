//! This package is its tests: they use value-store from outside, as an implementor would. Here is what they share.

#[cfg(feature = "kad")]
pub mod cluster;
pub mod in_turn;
#[cfg(feature = "interop")]
pub mod node;
pub mod printed;
pub mod snapshot;
