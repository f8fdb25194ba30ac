//! Stores that take only records which they can validate, and that the suite must find right with `records`.

#[cfg(feature = "ipns")]
mod ipns;
mod namespaced;
mod validating;
