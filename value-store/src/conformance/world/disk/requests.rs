//! The requests of the system to the disk, in their order, and the moment at which they are held up.

use std::sync::{Mutex, MutexGuard, PoisonError};

use fuser::Errno;
use tokio::sync::Notify;

use super::moment::{Moment, Neighbours};
use super::volume::Volume;

/// What a request may do.
pub(super) enum Grant<'a> {
    All(&'a mut Volume),
    /// The process that asks for it is killed meanwhile: half of a write gets done.
    Half(&'a mut Volume),
    Nothing(Errno),
}

impl<'a> Grant<'a> {
    /// The file system, if all of the request may be done.
    pub(super) fn all(self) -> Result<&'a mut Volume, Errno> {
        match self {
            Self::All(volume) => Ok(volume),
            Self::Half(_) => Err(Errno::EINTR),
            Self::Nothing(error) => Err(error),
        }
    }
}

type Request = Box<dyn FnOnce(Grant<'_>) + Send>;

/// Whose request it is, and whether it is counted.
#[derive(Clone, Copy, PartialEq)]
pub(super) enum Origin {
    /// A process reads.
    Reads,
    /// A process changes something: one operation.
    Changes(&'static str),
    /// The system writes back what a process has written to memory, or lets go of something.
    System,
}

pub(super) struct Requests {
    state: Mutex<State>,
    is_held: Notify,
}

struct State {
    volume: Volume,
    power: Power,
    /// How many operations have begun.
    operations: usize,
    /// How many had begun when the last call began.
    call: usize,
    /// The operation that is held up with all that come later.
    moment: Option<usize>,
    newest: Option<&'static str>,
    held: Vec<(Origin, Request)>,
}

#[derive(Clone, Copy, Debug, PartialEq)]
enum Power {
    On,
    /// Nothing happens until it is decided what happens.
    Held,
    Off,
}

impl Requests {
    pub(super) fn new(volume: Volume) -> Self {
        let state =
            State { volume, power: Power::On, operations: 0, call: 0, moment: None, newest: None, held: Vec::new() };
        Self { state: Mutex::new(state), is_held: Notify::new() }
    }

    pub(super) fn submit(&self, origin: Origin, request: Request) {
        let mut state = self.state();
        if let Origin::Changes(name) = origin
            && state.power == Power::On
        {
            state.operations += 1;
            if state.moment.is_some_and(|moment| state.operations >= moment) {
                state.power = Power::Held;
                self.is_held.notify_waiters();
            } else {
                state.newest = Some(name);
            }
        }
        match state.power {
            Power::On => request(Grant::All(&mut state.volume)),
            Power::Held => state.held.push((origin, request)),
            Power::Off => request(Grant::Nothing(Errno::EIO)),
        }
    }

    /// Looks at the file system.
    pub(super) fn look<T>(&self, look: impl FnOnce(&mut Volume) -> T) -> T {
        look(&mut self.state().volume)
    }

    /// How many operations have begun.
    pub(super) fn operations(&self) -> usize {
        self.state().operations
    }

    /// Holds up everything from the operation on that comes as this one from now.
    pub(super) fn hold_at(&self, moment: usize) {
        let mut state = self.state();
        state.moment = Some(state.operations + moment);
    }

    pub(super) fn call_begins(&self) {
        let mut state = self.state();
        state.call = state.operations;
    }

    /// Holds up everything from now on, and returns when that is.
    pub(super) fn hold(&self) -> Moment {
        let mut state = self.state();
        let is_new = state.power == Power::On;
        state.power = Power::Held;
        if is_new { Moment::AT_ONCE } else { state.moment() }
    }

    /// Waits until an operation is held up.
    pub(super) async fn held(&self) {
        let mut is_held = std::pin::pin!(self.is_held.notified());
        is_held.as_mut().enable();
        if self.state().power != Power::Held {
            is_held.await;
        }
    }

    /// Lets everything go on that was held up.
    pub(super) fn go_on(&self) {
        let mut state = self.state();
        (state.power, state.moment) = (Power::On, None);
        for (origin, request) in std::mem::take(&mut state.held) {
            if let Origin::Changes(name) = origin {
                state.newest = Some(name);
            }
            request(Grant::All(&mut state.volume));
        }
    }

    /// The processes that wait for an answer are dead: nothing of theirs gets done, or half of the first. What the system
    /// asks for itself is done.
    pub(super) fn forsake(&self, is_amid: bool) {
        let mut state = self.state();
        (state.power, state.moment) = (Power::On, None);
        let mut is_amid = is_amid;
        for (origin, request) in std::mem::take(&mut state.held) {
            let volume = &mut state.volume;
            request(match origin {
                Origin::System | Origin::Reads => Grant::All(volume),
                Origin::Changes(_) if std::mem::take(&mut is_amid) => Grant::Half(volume),
                Origin::Changes(_) => Grant::Nothing(Errno::EINTR),
            });
        }
    }

    /// From now on, nothing gets done.
    pub(super) fn switch_off(&self) {
        let mut state = self.state();
        state.power = Power::Off;
        for (_, request) in std::mem::take(&mut state.held) {
            request(Grant::Nothing(Errno::EIO));
        }
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl State {
    /// The moment before the first operation that is held up.
    fn moment(&self) -> Moment {
        let next = self.held.iter().find_map(|(origin, _)| match origin {
            Origin::Changes(name) => Some(*name),
            _ => None,
        });
        let neighbours = Neighbours { done: self.newest.filter(|_| self.operations > self.call + 1), next };
        Moment::Before { operation: self.operations.saturating_sub(self.call), neighbours, is_amid: false }
    }
}
