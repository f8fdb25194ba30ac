//! Stores that take only valid records. They pass the suite with the argument `records`.

#[cfg(feature = "ipns")]
mod ipns;
mod namespaced;
mod validating;
