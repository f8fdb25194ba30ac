//! The libp2p value store: an interface for `put` and `get` over a network, stores that implement it, and a conformance
//! suite that any implementation can run.

mod error;
mod options;
mod store;

#[cfg(feature = "conformance")]
pub mod conformance;
pub mod stores;

pub use async_trait::async_trait;
pub use bytes::Bytes;
pub use libp2p_identity::PeerId;
#[cfg(feature = "conformance")]
pub use value_store_macros::value_store_tests;

#[cfg(feature = "conformance")]
pub use conformance::Context;
pub use error::Error;
pub use options::Options;
pub use store::{GetValueResult, ValueStore};
