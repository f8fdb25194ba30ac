//! What the tests of this package share. They use value-store from outside, as an implementor would.

#[cfg(feature = "kad")]
pub mod cluster;
pub mod in_turn;
#[cfg(feature = "interop")]
pub mod node;
pub mod numbered;
pub mod printed;
pub mod role;
#[cfg(feature = "delegated")]
pub mod server;
pub mod snapshot;
