//! What a factory is given: the [`Context`] of one world, with its directory, its shared values, and its links and gates.

mod context;
mod gate;
mod line;
mod link;
mod name;
mod scratch;

pub use self::context::Context;
pub use self::gate::Gate;
pub(crate) use self::scratch::Scratch;
