//! IPNS: the names that are keys, and the signed records that are their values.
//!
//! A [`Name`] is a peer id. Whoever has its private key publishes a [`Record`] under it, which says what the name points at
//! now. The key of a value store for a name is `/ipns/` and the bytes of the peer id, as in the Amino DHT. The
//! [specification](https://specs.ipfs.tech/ipns/ipns-record/) says what a record is.
//!
//! A store that takes IPNS records asks [`Name::of_key`] about each key and [`Record::verify`] about each value, and keeps
//! the greater of two records:
//!
//! ```
//! use value_store::Error;
//! use value_store::ipns::{Name, Record};
//!
//! /// Whether this record replaces that one, which the store has.
//! fn replaces(key: &[u8], new: &[u8], held: &[u8]) -> Result<bool, Error> {
//!     let name = Name::of_key(key).map_err(|error| Error::InvalidKey(error.to_string()))?;
//!     let new = Record::verify(&name, new).map_err(|error| Error::InvalidValue(error.to_string()))?;
//!     // What was held may have expired meanwhile.
//!     Ok(Record::verify(&name, held).map_or(true, |held| new >= held))
//! }
//!
//! assert!(replaces(b"/ipfs/name", b"new", b"old").unwrap_err().is_invalid_key());
//! ```

mod name;
mod record;
#[cfg(test)]
pub(crate) mod testing;

pub use name::{Name, NameError};
pub use record::{MAX_RECORD_LEN, Record, RecordError};
