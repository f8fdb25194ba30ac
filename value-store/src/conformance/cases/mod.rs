//! The bodies of the cases, one module per family. Each body checks one property; the [list](super::suite) has the
//! sentence that states it.

pub(super) mod at_rest;
pub(super) mod cancellation;
pub(super) mod concurrency;
pub(super) mod convergent;
mod crash;
pub(super) mod disk_faults;
pub(super) mod durable;
pub(super) mod factory;
pub(super) mod faults;
pub(super) mod key_identity;
pub(super) mod killed;
pub(super) mod limits;
pub(super) mod linearizable;
pub(super) mod missing;
pub(super) mod model;
pub(super) mod monotonic;
pub(super) mod options;
pub(super) mod overwrite;
pub(super) mod power_loss;
pub(super) mod provenance;
pub(super) mod records;
pub(super) mod round_trip;
pub(super) mod settled;
pub(super) mod shared;
pub(super) mod timeouts;
pub(super) mod value_fidelity;

use bytes::Bytes;

/// The length of a value that most stores which cut long values cut into several pieces, in bytes.
const SEVERAL_PIECES: usize = 600 << 10;

/// A value that a report shows as text.
fn text(value: &'static str) -> Bytes {
    Bytes::from_static(value.as_bytes())
}
