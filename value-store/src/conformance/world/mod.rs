//! What a factory is given: the [`Context`] of one world, with its directory on a disk that can fail, its shared values, and its links and gates.

mod context;
mod disk;
mod gate;
mod keeper;
mod line;
mod link;
mod name;
mod scratch;

pub use self::context::Context;
pub(crate) use self::disk::{Disk, Draw, Fault, Moment, Neighbours};
pub use self::gate::Gate;
pub(crate) use self::scratch::Scratch;
