//! A node of a Kademlia DHT.

// `builder.rs` makes a node: from `settings.rs` it makes the swarm (`swarm.rs`), the task that runs it (`driver.rs`)
// and a handle (`store.rs`). A handle sends commands (`command.rs`) to the task. The task keeps the calls under way
// (`calls.rs`), each a put (`put.rs`) or a get (`get.rs`), and carries them out by queries (`queries.rs`). `records.rs`
// says which records a node takes, and `held.rs` holds them.
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
/// The libp2p that the node runs on. A [`Builder`] takes its key pairs, addresses and behaviours.
pub use libp2p;
pub use quorum::Quorum;
pub use records::Validator;
pub use store::KadStore;
