//! The line between a store and its backend, which the suite interrupts.

use std::fmt;

use tokio::sync::watch;

/// The suite's end of all lines of a world.
#[derive(Debug, Default)]
pub(crate) struct Switch(watch::Sender<State>);

#[derive(Clone, Copy, Debug, Default)]
struct State {
    condition: Condition,
    /// How many cuts there were: what was under way in one is lost, even if the line was back before anybody looked.
    cuts: u64,
    /// How often one step was let through a stalled line.
    steps: u64,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
enum Condition {
    #[default]
    Open,
    Stalled,
    Cut,
}

impl Switch {
    /// Nothing passes, and nothing fails.
    pub(crate) fn stall(&self) {
        self.0.send_modify(|state| state.condition = Condition::Stalled);
    }

    /// What is under way fails, and so does all that comes.
    pub(crate) fn cut(&self) {
        self.0.send_modify(|state| {
            state.condition = Condition::Cut;
            state.cuts += 1;
        });
    }

    pub(crate) fn heal(&self) {
        self.0.send_modify(|state| state.condition = Condition::Open);
    }

    /// Lets what waits in a stall go on, as far as the next place where it would have to wait.
    pub(crate) fn step(&self) {
        self.0.send_modify(|state| state.steps += 1);
    }

    /// The store's end of a line.
    pub(crate) fn line(&self) -> Line {
        Line { state: self.0.subscribe(), cuts: self.0.borrow().cuts }
    }
}

/// The store's end of a line, for one connection or one call.
#[derive(Clone, Debug)]
pub(crate) struct Line {
    state: watch::Receiver<State>,
    /// How many cuts there had been when it began.
    cuts: u64,
}

impl Line {
    /// The same line, for what begins now.
    pub(crate) fn begin(&self) -> Self {
        Self { state: self.state.clone(), cuts: self.state.borrow().cuts }
    }

    /// Waits while the line is stalled.
    pub(crate) async fn pass(&self) -> Result<(), Cut> {
        // Without an outage there is nothing to wait for, whatever the runtime thinks of how much this task has done.
        let State { condition, steps, .. } = *self.state.borrow();
        if condition == Condition::Open && !self.is_cut(&self.state.borrow()) {
            return Ok(());
        }
        let goes_on = |state: &State| self.is_cut(state) || state.condition == Condition::Open || state.steps > steps;
        let mut state = self.state.clone();
        // A line whose other end is gone belongs to a world that has ended.
        let state = *state.wait_for(goes_on).await.map_err(|_| Cut)?;
        if self.is_cut(&state) { Err(Cut) } else { Ok(()) }
    }

    /// Waits until the line is cut.
    pub(crate) async fn cut(&self) -> Cut {
        // The other end is gone, or the wait is over: in either case it is cut.
        let _ = self.state.clone().wait_for(|state| self.is_cut(state)).await;
        Cut
    }

    fn is_cut(&self, state: &State) -> bool {
        state.condition == Condition::Cut || state.cuts > self.cuts
    }
}

/// The line was cut.
#[derive(Debug)]
pub(crate) struct Cut;

impl fmt::Display for Cut {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("the line to the backend is cut")
    }
}

impl std::error::Error for Cut {}

impl From<Cut> for std::io::Error {
    fn from(cut: Cut) -> Self {
        Self::new(std::io::ErrorKind::ConnectionReset, cut)
    }
}
