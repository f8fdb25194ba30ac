//! The bodies of the cases, one module a family. A body holds a store to one property; the sentence that says which is in
//! the [list](super::suite).

pub(super) mod at_rest;
pub(super) mod cancellation;
pub(super) mod concurrency;
pub(super) mod convergent;
pub(super) mod durable;
pub(super) mod factory;
pub(super) mod faults;
pub(super) mod key_identity;
pub(super) mod limits;
pub(super) mod linearizable;
pub(super) mod missing;
pub(super) mod model;
pub(super) mod options;
pub(super) mod overwrite;
pub(super) mod provenance;
pub(super) mod records;
pub(super) mod round_trip;
pub(super) mod settled;
pub(super) mod shared;
pub(super) mod timeouts;
pub(super) mod value_fidelity;

use bytes::Bytes;

/// A value that can be read in a report.
fn text(value: &'static str) -> Bytes {
    Bytes::from_static(value.as_bytes())
}
