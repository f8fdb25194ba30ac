//! The time that a case may spend on repetitions.

use std::sync::Arc;
use std::time::{Duration, Instant};

use crate::conformance::history::History;

/// The time that a case may spend on repetitions. A slow store is not a wrong one, so a case that repeats calls stops well
/// before the deadline, and says so in a note.
#[derive(Clone, Debug)]
pub(crate) struct Budget {
    /// `None` if the end is beyond what an `Instant` can represent.
    end: Option<Instant>,
    /// The time, in words.
    told: &'static str,
    history: Arc<History>,
}

impl Budget {
    /// A budget of this much time, from now on. `told` is what part of the deadline that is.
    pub(crate) fn new(time: Duration, told: &'static str, history: Arc<History>) -> Self {
        Self { end: Instant::now().checked_add(time), told, history }
    }

    /// Whether time is left. If not, adds the note that the case stopped early.
    pub(crate) fn is_left(&self) -> bool {
        let is_left = !self.is_over();
        if !is_left {
            let told = self.told;
            self.history.note(format!("{told} of the deadline had passed, so this case stopped repeating early"));
        }
        is_left
    }

    /// Whether no time is left. Adds no note: for a case that stops for another reason.
    pub(crate) fn is_over(&self) -> bool {
        self.end.is_some_and(|end| end <= Instant::now())
    }
}
