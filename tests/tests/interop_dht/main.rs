//! Nodes of this project and peers of js-libp2p in one DHT.

#[cfg(target_os = "linux")]
mod left_behind;
mod limits;
mod mixed;
mod network;
#[cfg(unix)]
mod outages;
mod refused;
mod suite;
