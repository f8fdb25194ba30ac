//! Keys and values for networks that validate them.
//!
//! Some networks accept only records that they can validate. They refuse anything else, and of two records for one key they
//! keep the newer. A libp2p DHT does so for each name space that it knows. To test a store on such a network, write
//! `records = path`, where the path names a constant or a static whose type implements [`Records`]. [`Namespaced`] makes
//! records for a name space of your own. With the feature `ipns`, `Ipns` makes real IPNS records.
//!
//! ```
//! use value_store::conformance::records::Namespaced;
//! use value_store::{stores::MemoryStore, value_store_tests};
//!
//! const APP: Namespaced = Namespaced::new("app");
//!
//! #[value_store_tests(records = APP)]
//! fn memory() -> MemoryStore {
//!     MemoryStore::new()
//! }
//! # fn main() {}
//! ```
//!
//! # What runs
//!
//! The cases do the same as for any store: put "old" to a key, put "new", get. But each key of a case is now a name, from
//! which the generator makes the key that the store sees. Each value of a case is now the content of a record, with the
//! next version for its key. The suite recognizes the record that a get returns byte for byte. A report shows names and
//! contents.
//!
//! Some cases need arbitrary bytes or the empty string as a key or a value, or test the limits of their lengths. They
//! cannot run with records, and are listed as ignored. The family `records` runs only with records.
//!
//! # What a store has to do
//!
//! - An older record never replaces a newer one: its put fails with [`InvalidValue`](crate::Error::InvalidValue).
//! - If several puts to a key run at the same time, one may reach the network after a newer one, and fail with
//!   `InvalidValue` or with [`Backend`](crate::Error::Backend). The suite then treats it as a put that succeeded and was
//!   replaced at once.
//! - A put of a value that is no valid record of its key fails with `InvalidValue`.
//! - The current record of a key can be put again.

#[cfg(feature = "ipns")]
mod ipns;
mod issued;
mod namespaced;

use bytes::Bytes;

#[cfg(feature = "ipns")]
pub use ipns::Ipns;
pub(crate) use issued::{Issued, Record};
pub use namespaced::Namespaced;

/// Makes records that a network can validate.
///
/// All three functions must depend only on their arguments, so that a failure can be replayed.
///
/// ```
/// use value_store::Bytes;
/// use value_store::conformance::records::Records;
///
/// /// Counters below `/count/`: a record is a number, and the greater one is newer.
/// struct Counters;
///
/// impl Records for Counters {
///     fn key(&self, name: &[u8]) -> Bytes {
///         [b"/count/", name].concat().into()
///     }
///
///     fn value(&self, _name: &[u8], version: u64, _content: &[u8]) -> Bytes {
///         version.to_string().into()
///     }
///
///     fn invalid(&self, _name: &[u8]) -> Vec<Bytes> {
///         vec!["twelve".into(), Bytes::new()]
///     }
/// }
/// ```
#[diagnostic::on_unimplemented(
    message = "`records` needs a generator of records, and `{Self}` is none",
    label = "the type of this has to implement `value_store::conformance::records::Records`"
)]
pub trait Records: Send + Sync {
    /// The key for this name. The name may be any bytes. The network must accept the key, and different names must have
    /// different keys.
    fn key(&self, name: &[u8]) -> Bytes;

    /// The record of this version for the key of this name. It must be valid, and newer than the records of all lower
    /// versions. Versions begin at 1.
    ///
    /// The content is the value that the case puts. A record carries as much of it as it can, so that a case with a long
    /// value has a long record. If the content does not fit, two records of one key still differ by their versions.
    fn value(&self, name: &[u8], version: u64, content: &[u8]) -> Bytes;

    /// Values that the network refuses for the key of this name, each for a different reason. If there are none, the case
    /// that puts them does nothing.
    fn invalid(&self, name: &[u8]) -> Vec<Bytes> {
        let _ = name;
        Vec::new()
    }
}

#[diagnostic::do_not_recommend]
impl<R: Records + ?Sized> Records for &R {
    fn key(&self, name: &[u8]) -> Bytes {
        (**self).key(name)
    }

    fn value(&self, name: &[u8], version: u64, content: &[u8]) -> Bytes {
        (**self).value(name, version, content)
    }

    fn invalid(&self, name: &[u8]) -> Vec<Bytes> {
        (**self).invalid(name)
    }
}
