//! This package is its tests: they use value-store from outside, as an implementor would. Here is what they share.

#[cfg(feature = "kad")]
pub mod cluster;
pub mod in_turn;
pub mod printed;
pub mod snapshot;
