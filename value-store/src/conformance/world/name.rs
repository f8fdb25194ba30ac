//! The name of a world.

use std::hash::{BuildHasher as _, RandomState};
use std::process;
use std::time::SystemTime;

/// The length of a name: short enough for a name in any database.
const LEN: usize = 24;

/// A name that no other world has had: a letter, and 92 random bits in hexadecimal. Among a billion worlds, two have the
/// same name less than once in a billion times.
///
/// The bits come from the keys of [`RandomState`], which are random. The process and the time are for a process that was
/// forked, and has the keys of another.
pub(super) fn unused() -> String {
    let half = || RandomState::new().hash_one((process::id(), SystemTime::now()));
    let mut name = format!("w{:016x}{:016x}", half(), half());
    name.truncate(LEN);
    name
}
