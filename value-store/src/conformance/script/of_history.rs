//! The script that does what a history tells.

use std::collections::{HashMap, HashSet};

use super::key::Key;
use super::{Call, Outage, Script, Step};
use crate::conformance::history::{Call as Made, Happening, Operation, Outcome};

impl Script {
    /// What happened until the end of the operation `last`, or all of it.
    pub(crate) fn of(
        operations: &[Operation],
        happenings: &[(u64, Happening)],
        prefix: &[u8],
        last: Option<usize>,
    ) -> Self {
        let end = last.and_then(|last| operations[last].events.1).unwrap_or(u64::MAX);
        let mut events: Vec<(u64, Event<'_>)> = Vec::new();
        for (number, operation) in operations.iter().enumerate() {
            events.push((operation.events.0, Event::Begun(number, operation)));
            if !matches!(operation.outcome(), Some(Outcome::Dropped { .. })) {
                events.push((operation.events.1.unwrap_or(u64::MAX), Event::Ended(number)));
            }
        }
        events.extend(happenings.iter().map(|(event, happening)| (*event, Event::Happened(happening.clone()))));
        events.sort_by_key(|(event, _)| *event);
        let (handles, killed, restarted) = (HashMap::new(), HashMap::new(), HashMap::new());
        let mut script = Making { steps: Vec::new(), prefix, begun: HashSet::new(), handles, killed, restarted };
        events.into_iter().take_while(|(event, _)| *event <= end).for_each(|(_, event)| script.add(event));
        script.done()
    }
}

#[derive(Clone)]
enum Event<'a> {
    Begun(usize, &'a Operation),
    Ended(usize),
    Happened(Happening),
}

struct Making<'a> {
    steps: Vec<Step>,
    prefix: &'a [u8],
    /// The calls that have begun.
    begun: HashSet<usize>,
    /// The handle of the script for each handle of the history, and its world. A handle keeps its number over a restart.
    handles: HashMap<usize, (usize, usize)>,
    /// The handle that is opened again after the process of a world was killed.
    killed: HashMap<usize, usize>,
    /// The handle that was closed for the restart of a world.
    restarted: HashMap<usize, usize>,
}

impl Making<'_> {
    fn add(&mut self, event: Event<'_>) {
        match event {
            Event::Begun(number, operation) => {
                self.begun.insert(number);
                self.steps.push(Step::Begin(self.call(number, operation)));
            }
            Event::Ended(number) => {
                if self.begun.contains(&number) {
                    self.steps.push(Step::Finish { call: number });
                }
            }
            Event::Happened(happening) => self.happened(happening),
        }
    }

    fn call(&self, number: usize, operation: &Operation) -> Call {
        let dropped_after = match operation.outcome() {
            Some(Outcome::Dropped { polls }) => Some(*polls),
            _ => None,
        };
        Call {
            number,
            handle: self.handle(operation.handle),
            key: Key::of(&operation.key, self.prefix),
            value: match &operation.call {
                Made::Put(value) => Some(value.clone()),
                Made::Get => None,
            },
            options: operation.options.clone(),
            dropped_after,
        }
    }

    fn handle(&self, of_history: usize) -> usize {
        self.handles.get(&of_history).map_or(of_history, |(handle, _)| *handle)
    }

    fn happened(&mut self, happening: Happening) {
        let step = match happening {
            Happening::Opened { handle, world } => {
                if let Some(killed) = self.killed.remove(&world) {
                    self.handles.insert(handle, (killed, world));
                    Step::Reopen { handle: killed, world }
                } else if let Some(closed) = self.restarted.remove(&world) {
                    self.handles.insert(handle, (closed, world));
                    Step::Restart { handle: closed }
                } else {
                    self.handles.insert(handle, (handle, world));
                    Step::Open { handle, world }
                }
            }
            Happening::Dropped { handle } if self.is_killed(handle) => return,
            Happening::Dropped { handle } => Step::Close { handle: self.handle(handle) },
            Happening::Killed { world, moment, power_loss } => {
                if let Some(handle) = self.last_handle_of(world) {
                    self.killed.insert(world, handle);
                }
                Step::Kill { world, moment, power_loss: power_loss.map(|power_loss| power_loss.draw) }
            }
            Happening::Restarted { world } => {
                self.restart(world);
                return;
            }
            Happening::NotOpened { world } => Step::Try { world },
            Happening::Ended { world } => Step::End { world },
            Happening::Stalled { world } => Step::Outage { world, kind: Outage::Stall },
            Happening::Cut { world } => Step::Outage { world, kind: Outage::Cut },
            Happening::Stepped { world } => Step::LetOneStepPass { world },
            Happening::OpenToNew { world } => Step::LetNewCallsPass { world },
            Happening::Healed { world } => Step::Heal { world },
            Happening::Fails { world, fault, moment } => Step::Fail { world, fault, moment },
            Happening::Well { world } => Step::Mend { world },
            Happening::Waited(time) => Step::Wait(time),
        };
        self.steps.push(step);
    }

    /// Whether the process of this handle was killed, and its world not opened again since.
    fn is_killed(&self, handle: usize) -> bool {
        self.handles.get(&handle).is_some_and(|(_, world)| self.killed.contains_key(world))
    }

    fn last_handle_of(&self, world: usize) -> Option<usize> {
        let of_it = self.handles.iter().filter(|(_, (_, of))| *of == world);
        of_it.max_by_key(|(opened, _)| **opened).map(|(_, (handle, _))| *handle)
    }

    /// Takes back that the last handle of the world was closed: the restart does that.
    fn restart(&mut self, world: usize) {
        let is_of_the_world = |handle: usize| self.handles.values().any(|of| *of == (handle, world));
        let closed =
            self.steps.iter().rposition(|step| matches!(step, Step::Close { handle } if is_of_the_world(*handle)));
        if let Some(place) = closed
            && let Step::Close { handle } = self.steps.remove(place)
        {
            self.restarted.insert(world, handle);
        }
    }

    fn done(mut self) -> Script {
        // The store could not be opened again.
        self.steps.extend(self.restarted.into_values().map(|handle| Step::Restart { handle }));
        Script { steps: self.steps }
    }
}
