//! Calls may run at the same time.

mod amid;
mod pace;
mod start;
mod threads;
mod turns;

pub(crate) use self::amid::*;
pub(crate) use self::pace::THREADS;
pub(crate) use self::start::Start;
pub(crate) use self::threads::*;
pub(crate) use self::turns::*;
