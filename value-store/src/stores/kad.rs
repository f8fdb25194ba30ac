//! A node of a Kademlia DHT.

// `builder.rs` puts a node together, of the `settings.rs` and the `swarm.rs`. `store.rs` is its handle, which sends each
// `command.rs` to the task in `driver.rs`. `queries.rs` is what becomes of the `calls.rs`, each a `put.rs` or a `get.rs`,
// `records.rs` what records a node takes, and `held.rs` those that it holds.
mod builder;
mod calls;
mod command;
mod driver;
mod error;
mod get;
mod held;
mod put;
mod queries;
mod quorum;
mod records;
mod settings;
mod store;
mod swarm;
#[cfg(test)]
mod tests;

pub use builder::Builder;
pub use error::{QueryError, StartError};
/// The libp2p that the node runs on: its key pairs, addresses and behaviours are those that a [`Builder`] takes.
pub use libp2p;
pub use quorum::Quorum;
pub use records::Validator;
pub use store::KadStore;
