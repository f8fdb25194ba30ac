//! Keys are bytes, and two are the same only if every byte is.

mod hashes;
mod lengths;
mod names;
mod spellings;
mod told_apart;

pub(crate) use self::hashes::*;
pub(crate) use self::lengths::*;
pub(crate) use self::names::*;
pub(crate) use self::spellings::*;

/// Keys of all the kinds, to be told apart where all are there at once.
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
