//! What a case did, as data: it can be done again, in part or in a simpler way.
//!
//! A [`Script`] is [made of a history](of_history). A [replay] does what it says in fresh worlds, until a call ends in a way
//! that the contract does not [allow](allowed), or to the end, if what counts is whether a handle [goes back](going_back). The judge [simplifies](simpler) the script of a case that failed, for as
//! long as it still fails, and the model judges its random sequences by the same rules.

mod allowed;
mod going_back;
mod key;
mod of_history;
mod replay;
mod simpler;

pub(crate) use self::allowed::deviation;
pub(crate) use self::going_back::no_handle_goes_back;
pub(crate) use self::replay::{Standard, replay};
pub(crate) use self::simpler::{is_plain, plain_value};

use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;

use self::key::Key;
use crate::Options;
use crate::conformance::world::{Draw, Fault, Moment};

/// The steps of a run. Worlds, handles and calls have numbers.
#[derive(Clone, Debug)]
pub(crate) struct Script {
    steps: Vec<Step>,
}

#[derive(Clone, Debug)]
enum Step {
    /// Opens a handle onto a world.
    Open {
        handle: usize,
        world: usize,
    },
    /// Drops a handle.
    Close {
        handle: usize,
    },
    /// Closes the handle, restarts its world, and opens it again.
    Restart {
        handle: usize,
    },
    /// Kills the process of a world at a moment, by a power loss if there is a draw for it, and waits until its calls have
    /// failed.
    Kill {
        world: usize,
        moment: Moment,
        power_loss: Option<Draw>,
    },
    /// Tries to open a world in a process of its own, and closes it again.
    Try {
        world: usize,
    },
    /// Opens a world in another process, after a kill.
    Reopen {
        handle: usize,
        world: usize,
    },
    /// The disk of a world fails from a moment on.
    Fail {
        world: usize,
        fault: Fault,
        moment: Moment,
    },
    /// The disk of a world is well again.
    Mend {
        world: usize,
    },
    /// Ends a world, whose handles are closed.
    End {
        world: usize,
    },
    Begin(Call),
    /// Waits until a call has ended.
    Finish {
        call: usize,
    },
    Outage {
        world: usize,
        kind: Outage,
    },
    /// Ends the outage of a world.
    Heal {
        world: usize,
    },
    /// Lets each stalled call go one step on.
    LetOneStepPass {
        world: usize,
    },
    /// Lets new calls through. Those that stall wait on.
    LetNewCallsPass {
        world: usize,
    },
    Wait(Duration),
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Outage {
    Stall,
    Cut,
}

#[derive(Clone, Debug)]
struct Call {
    number: usize,
    handle: usize,
    key: Key,
    /// The value of a put, or `None` for a get.
    value: Option<Bytes>,
    options: Arc<Options>,
    /// After how many polls the call is dropped, if it is.
    dropped_after: Option<usize>,
}

impl Script {
    /// The script that ends with an opening, if it can: with a restart, or with another opening of the world that was closed
    /// or killed at last.
    pub(crate) fn ending_with_an_opening(mut self) -> Option<Self> {
        const ANOTHER: usize = usize::MAX;
        let opened = |handle: usize| {
            self.steps.iter().rev().find_map(|step| match step {
                Step::Open { handle: of, world } | Step::Reopen { handle: of, world } if *of == handle => Some(*world),
                _ => None,
            })
        };
        let goes_on = |step: &&Step| !matches!(step, Step::Finish { .. } | Step::Fail { .. } | Step::Mend { .. });
        let opening = match self.steps.iter().rfind(goes_on)? {
            Step::Restart { .. } => return Some(self),
            Step::Kill { world, .. } => Step::Reopen { handle: ANOTHER, world: *world },
            Step::Close { handle } => Step::Open { handle: ANOTHER, world: opened(*handle)? },
            _ => return None,
        };
        self.steps.push(opening);
        Some(self)
    }

    /// The worlds whose stores are in processes of their own: these are killed, or their disks fail.
    fn worlds_of_victims(&self) -> BTreeSet<usize> {
        let of_victims = self.steps.iter().filter_map(|step| match step {
            Step::Kill { world, .. } | Step::Reopen { world, .. } | Step::Fail { world, .. } => Some(*world),
            _ => None,
        });
        of_victims.collect()
    }

    pub(crate) fn has_several_handles(&self) -> bool {
        self.steps.iter().filter(|step| matches!(step, Step::Open { .. })).count() > 1
    }

    fn calls(&self) -> impl Iterator<Item = &Call> {
        self.steps.iter().filter_map(|step| match step {
            Step::Begin(call) => Some(call),
            _ => None,
        })
    }

    /// Whether a call begins before another has ended.
    pub(crate) fn overlaps(&self) -> bool {
        let mut running = 0;
        self.steps.iter().any(|step| {
            match step {
                Step::Begin(call) if call.dropped_after.is_none() => running += 1,
                Step::Finish { .. } => running -= 1,
                _ => {}
            }
            running > 1
        })
    }
}
