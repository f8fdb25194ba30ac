//! Outages of the backend: it stalls, it is cut off, and it heals.

mod cuts;
mod healing;
mod stalls;

pub(crate) use self::cuts::*;
pub(crate) use self::healing::*;
pub(crate) use self::stalls::*;

/// More calls at a time than most stores have places for, so that in an outage they are all taken.
const MANY: usize = 32;
