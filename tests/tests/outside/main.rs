//! The suite as the author of a store meets it: `cargo test` in a crate outside this workspace, and what that prints.
//!
//! The crates are in `fixtures`, where each file has a subject. A test here runs one factory of one file and reads the output.

mod ahead;
mod arguments;
mod correct;
mod errors;
mod factories;
mod faults;
mod files;
mod fixture;
mod grounds;
mod hangs;
mod kills;
mod output;
mod panics;
mod races;
mod runtimes;
mod seeds;
