//! A store ignores options that it does not know.

mod calls;
mod ignored;
mod names;

pub(crate) use self::calls::*;
pub(crate) use self::names::*;
