//! What a factory is given: the [`Context`], which stands for one world, with its directory and the lines to its backend.

mod context;
mod gate;
mod line;
mod link;
mod scratch;

pub use self::context::Context;
pub use self::gate::Gate;
pub(crate) use self::scratch::Scratch;
