//! Keys and values for networks that validate them.
//!
//! Some networks take no key and no value but those of records that they can check: they refuse what is no record, and of
//! two records for one key they keep the newer. A DHT of libp2p does so for each name space that it knows. A store on such a
//! network is held to the rules with `records = path`, where the path is that of a constant, or of a static, whose type
//! implements [`Records`]. [`Namespaced`] is one for name spaces of your own; with the feature `ipns`, `Ipns` makes real
//! IPNS records.
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
//! The cases say what they say anywhere: put "old" to a key, put "new", get. Each of their keys is then a name, for which the
//! generator makes the key that the store sees; and each of their values is the content of a record, the next one of its
//! key. What a get returns is told by the record that it is, byte for byte. A report shows names and contents.
//!
//! The cases that are about keys or values of any bytes, the empty ones included, or about the limits of their lengths,
//! cannot run with records, and are listed as ignored. The family `records` runs with them alone.
//!
//! # What a store has to do
//!
//! An older record never takes the place of a newer one: its put is refused with
//! [`InvalidValue`](crate::Error::InvalidValue). Where several puts to a key run at the same time, one may reach the
//! network behind a newer one, and fail, also with [`Backend`](crate::Error::Backend): to the suite that is as if it had
//! succeeded and been replaced at once. A value that is no valid record of its key is refused with `InvalidValue`. The record
//! that a key has can be put again.

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
/// All three functions depend on their arguments alone, so that a failure can be replayed.
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
    /// The key that stands for this name, which may be any bytes: one that the network takes, and a different one for each
    /// name.
    fn key(&self, name: &[u8]) -> Bytes;

    /// The record of this version for the key of this name: valid, and newer than those of all lower versions. Versions
    /// begin at 1.
    ///
    /// The content is what a case is about. A record carries it, or as much of it as it can; so a case with a long value has a
    /// long record, where that is possible. Two records of one key differ in any case, by their versions.
    fn value(&self, name: &[u8], version: u64, content: &[u8]) -> Bytes;

    /// Values that the network refuses for the key of this name, each for a reason of its own. Without any, the case that
    /// puts them has nothing to do.
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
