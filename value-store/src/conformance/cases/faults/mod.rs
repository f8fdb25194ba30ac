//! Outages of the backend: it stalls, it is cut off, and it heals.

mod cuts;
mod healing;
mod many;
mod stalls;
mod unhurried;

pub(crate) use self::cuts::*;
pub(crate) use self::healing::*;
pub(crate) use self::stalls::*;
pub(crate) use self::unhurried::*;
