//! A process of its own for a store, so that it can be killed.
//!
//! The test binary starts itself again, as a [`Victim`]. There the factory opens the store in the directory of the world. The
//! judge sends the calls and gets to know how each of them ended, so the history is his. When he kills the victim, everything
//! that it started ends with it, and when he ends himself, the victim does.

mod connection;
mod message;
mod process;
mod store;

pub(crate) use self::connection::Seat;
pub(crate) use self::message::{Answer, Order, Reply};
pub use self::process::victim;
pub(crate) use self::process::{end_this_process, expected_here, is_victim, may_start, name};
pub(crate) use self::store::{NotOpened, Victim};
