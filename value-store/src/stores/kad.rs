//! A node of a Kademlia DHT.

// `builder.rs` makes a node: from `settings.rs` it makes the swarm (`swarm.rs`), the task that runs it (`driver.rs`)
// and a handle (`store.rs`). A handle sends commands (`command.rs`) to the task. The task keeps the calls under way
// (`calls.rs`), each a put (`put.rs`) or a get (`get.rs`), and carries them out by queries (`queries.rs`). What a node
// does by itself is in `upkeep.rs`, and `copy.rs` is a record that it passes on. `rules.rs` says
// which records a node takes, `ipns.rs` which of IPNS, and `held.rs` keeps these in `records.rs`, which may have a file. `acknowledged.rs` answers
// the peers that put.
mod acknowledged;
mod builder;
mod calls;
mod command;
mod copy;
mod driver;
mod error;
mod get;
mod held;
#[cfg(feature = "ipns")]
mod ipns;
mod put;
mod queries;
mod quorum;
mod records;
mod rules;
mod settings;
mod store;
mod swarm;
#[cfg(test)]
mod tests;
mod upkeep;

/// Of what a node tells by `tracing`.
const TARGET: &str = "value_store::kad";

pub use acknowledged::AcknowledgedOnDisk;
pub use builder::Builder;
pub use error::{QueryError, StartError};
#[cfg(feature = "ipns")]
pub use ipns::IpnsValidator;
/// The libp2p that the node runs on. A [`Builder`] takes its key pairs, addresses and behaviours.
pub use libp2p;
pub use quorum::Quorum;
pub use records::{Progress, Records, WriteError};
pub use rules::Validator;
pub use store::KadStore;
