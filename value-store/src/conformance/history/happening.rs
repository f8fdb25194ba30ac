//! What happens beside the calls of a case: to its worlds, and to its handles.

use std::time::Duration;

/// What happens to a world or a handle. Worlds and handles are named by their numbers, from 1 in the order of opening.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Happening {
    /// The factory has opened a handle onto a world.
    Opened { handle: usize, world: usize },
    /// A handle was dropped, with all its clones.
    Dropped { handle: usize },
    /// A world was restarted. All its handles were dropped before.
    Restarted { world: usize },
    /// A world has ended.
    Ended { world: usize },
    /// All lines of the world stall from now on.
    Stalled { world: usize },
    /// Each stalled call may go one step on.
    Stepped { world: usize },
    /// All lines of the world are cut from now on.
    Cut { world: usize },
    /// The lines of the world are open again.
    Healed { world: usize },
    /// The case waits.
    Waited(Duration),
}
