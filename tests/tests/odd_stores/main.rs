//! Stores that are odd, but right. The suite must pass each of them, however busy the machine is: `under_load.sh` runs them
//! over and over.
//!
//! Each module is about one kind of oddity, and each store claims all that it can claim honestly.

mod copies;
mod drops;
mod errors;
mod files;
mod limits;
mod lines;
mod maps;
mod options;
mod outages;
mod provenance;
mod queues;
mod replicas;
mod runtimes;
mod serve;
mod slow;
#[cfg(unix)]
mod stopped;
mod timeouts;
mod wrappers;
