//! Outages of the backend: it stalls, it is cut off, and it heals.

mod cuts;
mod healing;
mod many;
mod stalls;

pub(crate) use self::cuts::*;
pub(crate) use self::healing::*;
pub(crate) use self::stalls::*;
