//! Calls may run at the same time.

mod amid;
mod pace;
mod threads;

pub(crate) use self::amid::*;
pub(crate) use self::pace::OnDrop;
pub(crate) use self::threads::*;
