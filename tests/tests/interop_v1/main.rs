//! Delegated Routing V1 and Helia: its client and `@helia/ipns` against the router of this project, the client of this project
//! against its server, and the suite on its server.

mod client;
mod helia;
mod publishing;
mod server;
mod suite;
