//! What a case did, as data: it can be done again, in part or in a simpler way.
//!
//! A [`Script`] is [made of a history](of_history). A [replay] does what it says in fresh worlds, until a call ends in a way
//! that the contract does not [allow](allowed). The judge [simplifies](simpler) the script of a case that failed, for as
//! long as it still fails, and the model judges its random sequences by the same rules.

mod allowed;
mod key;
mod of_history;
mod replay;
mod simpler;

pub(crate) use self::allowed::deviation;
pub(crate) use self::replay::replay;
pub(crate) use self::simpler::{is_plain, plain_value};

use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;

use self::key::Key;
use crate::Options;

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
    pub(crate) fn ends_with_a_restart(&self) -> bool {
        matches!(self.steps.last(), Some(Step::Restart { .. }))
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
