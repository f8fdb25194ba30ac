//! Keys are bytes: two keys are the same only if all their bytes are.

mod digests;
mod hashes;
mod lengths;
mod names;
mod spellings;
mod told_apart;

pub(crate) use self::digests::*;
pub(crate) use self::hashes::*;
pub(crate) use self::lengths::*;
pub(crate) use self::names::*;
pub(crate) use self::spellings::*;

/// Endings of keys that are easily confused, some of each kind. Other families put them all into one store.
pub(super) const CONFUSABLE: &[&str] = &[
    "key",
    "Key",
    "a",
    "aa",
    "a/b",
    "a//b",
    "a/",
    "./a",
    "..",
    "a%2Fb",
    "a b",
    "a+b",
    "caf\u{e9}",
    "cafe\u{301}",
    "a\0",
    "a\0b",
    "a ",
    "a\n",
    "abc",
    "cba",
    "1",
    "01",
];
