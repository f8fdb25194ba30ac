//! A line between a store and its backend, which the suite can interrupt. Links and gates are built on it.

use std::fmt;

use tokio::sync::watch;

/// Interrupts all lines of a world. The suite holds it.
#[derive(Debug, Default)]
pub(crate) struct Switch(watch::Sender<State>);

#[derive(Clone, Copy, Debug, Default)]
struct State {
    condition: Condition,
    /// How many cuts there were. A call that a cut has hit fails, even if the line was healed before the call looked again.
    cuts: u64,
    /// How many steps were let through stalled lines.
    steps: u64,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
enum Condition {
    #[default]
    Open,
    /// Open to what begins now. What waits goes on waiting.
    OpenToNew,
    Stalled,
    Cut,
}

impl Switch {
    /// From now on nothing passes, and nothing fails.
    pub(crate) fn stall(&self) {
        self.0.send_modify(|state| state.condition = Condition::Stalled);
    }

    /// Everything that is under way fails, and so does everything new.
    pub(crate) fn cut(&self) {
        self.0.send_modify(|state| {
            state.condition = Condition::Cut;
            state.cuts += 1;
        });
    }

    pub(crate) fn heal(&self) {
        self.0.send_modify(|state| state.condition = Condition::Open);
    }

    /// From now on everything new passes. What waits in a stall waits on.
    pub(crate) fn open_to_new(&self) {
        self.0.send_modify(|state| state.condition = Condition::OpenToNew);
    }

    /// Lets everything that waits in a stall go on, as far as the next place where it has to wait.
    pub(crate) fn step(&self) {
        self.0.send_modify(|state| state.steps += 1);
    }

    /// A new line.
    pub(crate) fn line(&self) -> Line {
        Line { state: self.0.subscribe(), cuts: self.0.borrow().cuts }
    }
}

/// One line. It fails for good if it is cut, so each connection or call [begins](Self::begin) one of its own.
#[derive(Clone, Debug)]
pub(crate) struct Line {
    state: watch::Receiver<State>,
    /// How many cuts there had been when the line began.
    cuts: u64,
}

impl Line {
    /// The same line for a connection or call that begins now: earlier cuts do not count.
    pub(crate) fn begin(&self) -> Self {
        Self { state: self.state.clone(), cuts: self.state.borrow().cuts }
    }

    /// Waits while the line is stalled.
    pub(crate) async fn pass(&self) -> Result<(), Cut> {
        // Not by `wait_for`, which may yield even where it has nothing to wait for: tokio makes busy tasks yield.
        let State { condition, steps, .. } = *self.state.borrow();
        if matches!(condition, Condition::Open | Condition::OpenToNew) && !self.is_cut(&self.state.borrow()) {
            return Ok(());
        }
        let goes_on = |state: &State| self.is_cut(state) || state.condition == Condition::Open || state.steps > steps;
        let mut state = self.state.clone();
        // If the switch is gone, the world has ended.
        let state = *state.wait_for(goes_on).await.map_err(|_| Cut)?;
        if self.is_cut(&state) { Err(Cut) } else { Ok(()) }
    }

    /// Waits until the line is cut.
    pub(crate) async fn cut(&self) -> Cut {
        // An error means that the switch is gone, and then the line is cut as well.
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
