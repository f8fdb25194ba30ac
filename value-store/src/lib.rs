//! The libp2p value store: an interface for `put` and `get` over a network, stores that implement it, and a conformance
//! suite that any implementation can run.

mod error;
mod options;
mod store;

pub mod stores;

pub use async_trait::async_trait;
pub use bytes::Bytes;
pub use libp2p_identity::PeerId;

pub use error::Error;
pub use options::Options;
pub use store::{GetValueResult, ValueStore};
