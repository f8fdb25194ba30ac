//! The libp2p value store: an interface for `put` and `get` over a network, stores that implement it, and a conformance
//! suite that any implementation can run.
//!
//! [`ValueStore`] is the interface; its documentation is the contract, rule by rule. [`stores`] has implementations,
//! most of them behind a feature. [`MemoryStore`](stores::MemoryStore) needs none:
//!
//! ```
//! use std::time::Duration;
//! use value_store::{Options, ValueStore, stores::MemoryStore};
//!
//! # #[tokio::main(flavor = "current_thread")]
//! # async fn main() -> Result<(), value_store::Error> {
//! let store = MemoryStore::new();
//! let options = Options::new().with_timeout(Duration::from_secs(5));
//!
//! store.put(b"/app/name", "value-store".into(), &options).await?;
//! let found = store.get(b"/app/name", &options).await?;
//! assert_eq!(found.val, "value-store");
//! # Ok(())
//! # }
//! ```
//!
//! # The suite
//!
//! With the feature `conformance`, the attribute `#[value_store_tests]` on a function that opens a store makes a test
//! of each case of the suite. Stores in other languages are tested over HTTP, with the feature `delegated`:
//! `conformance::other_languages` says how.
#![cfg_attr(feature = "conformance", doc = "See [`conformance`].")]
//!
//! # Features
//!
//! | feature | adds |
//! |---|---|
//! | `calls` | `calls`, to keep timeouts and to run blocking engines, for your own store |
//! | `cli` | the command `value-store`, and nothing in the library |
//! | `conformance` | the suite, on tokio |
//! | `delegated` | `stores::DelegatedStore` and `stores::delegated::router`, client and server of Kubo's routing over HTTP |
//! | `disk` | power losses and failing disks in the suite, on Linux |
//! | `https` | TLS for `stores::DelegatedStore`, by rustls |
//! | `ipns` | `ipns`, names and records of IPNS; `stores::delegated::v1` with `delegated`, and `conformance::records::Ipns` |
//! | `kad` | `stores::KadStore`, a node of a Kademlia DHT on rust-libp2p |
//! | `redb` | `stores::RedbStore`, durable and in one file |
//!
//! Without any of them you have the interface, the store in memory and the stores that combine others, and depend
//! neither on tokio nor on this project's macro.

mod error;
mod options;
mod store;

#[cfg(feature = "calls")]
pub mod calls;
#[cfg(feature = "conformance")]
pub mod conformance;
#[cfg(feature = "ipns")]
pub mod ipns;
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
