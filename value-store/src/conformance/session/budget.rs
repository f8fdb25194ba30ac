//! How long a case may go on that could go on for long.

use std::sync::Arc;
use std::time::{Duration, Instant};

use crate::conformance::history::History;

/// The time for repetitions. A slow store is no worse than a fast one, so what takes too long on it is cut short well
/// before the deadline, and the case says so.
#[derive(Clone, Debug)]
pub(crate) struct Budget {
    /// `None` where it is so far off that no clock can say when.
    end: Option<Instant>,
    history: Arc<History>,
}

impl Budget {
    /// As much time as this, from now.
    pub(crate) fn new(time: Duration, history: Arc<History>) -> Self {
        Self { end: Instant::now().checked_add(time), history }
    }

    /// Whether the case may go on. Where not, it stops early, and says so.
    pub(crate) fn is_left(&self) -> bool {
        let is_left = !self.is_over();
        if !is_left {
            self.history.note("a tenth of the deadline had passed, so this case stopped repeating early");
        }
        is_left
    }

    /// The same, of a case that stops for another reason.
    pub(crate) fn is_over(&self) -> bool {
        self.end.is_some_and(|end| end <= Instant::now())
    }
}
