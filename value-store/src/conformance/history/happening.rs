//! What happens beside the calls of a case: to its worlds, and to its handles.

use std::time::Duration;

use crate::conformance::world::{Draw, Fault, Moment};

/// What happens to a world or a handle. Worlds and handles are named by their numbers, from 1 in the order of opening.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Happening {
    /// The factory has opened a handle onto a world.
    Opened { handle: usize, world: usize },
    /// The factory could not open a world, and need not have.
    NotOpened { world: usize },
    /// A handle was dropped, with all its clones.
    Dropped { handle: usize },
    /// A world was restarted. All its handles were dropped before.
    Restarted { world: usize },
    /// The process in which the store of a world ran was killed at this moment, by a power loss or without one.
    Killed { world: usize, moment: Moment, power_loss: Option<PowerLoss> },
    /// The disk of a world fails in this way from this moment on.
    Fails { world: usize, fault: Fault, moment: Moment },
    /// The disk of a world is well again.
    Well { world: usize },
    /// A world has ended.
    Ended { world: usize },
    /// All lines of the world stall from now on.
    Stalled { world: usize },
    /// Each stalled call may go one step on.
    Stepped { world: usize },
    /// The lines of the world are open to new calls. Those that stall wait on.
    OpenToNew { world: usize },
    /// All lines of the world are cut from now on.
    Cut { world: usize },
    /// The lines of the world are open again.
    Healed { world: usize },
    /// The case waits.
    Waited(Duration),
}

/// What a power loss does.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct PowerLoss {
    /// What makes the draw of what survives.
    pub(crate) draw: Draw,
    /// What nobody had synced, in words.
    pub(crate) unsynced: Vec<String>,
}
