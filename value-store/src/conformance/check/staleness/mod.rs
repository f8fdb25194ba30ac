//! How stale the reads of a store are: what is seen of that, and how it is told.

mod count;
mod measure;

pub(super) use self::measure::measure;

use std::fmt;
use std::time::Duration;

use crate::conformance::report::duration;

/// How stale the reads of a store were: what [`Check::staleness`](super::Check::staleness) has seen. No verdict hangs on it.
///
/// A get is stale if it returned an older value than one whose put had returned `Ok` before the get began, or none. Puts are
/// made one after the other, so their order is known. What a put that failed may have left behind counts as neither.
///
/// Its `Display` is the sentence that a report shows.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Staleness {
    /// How many handles made the gets.
    pub handles: usize,
    /// How many puts returned `Ok`.
    pub puts: usize,
    /// How many gets returned a value, or `NotFound`.
    pub gets: usize,
    /// How many of these were stale.
    pub stale: usize,
    /// The most puts that a stale get was behind: the puts that are newer than what it returned, and that had returned `Ok`
    /// before it began.
    pub most_puts_behind: usize,
    /// The longest time that a stale get was behind: from when the first of these puts had returned `Ok` until the get began.
    pub longest_behind: Duration,
    /// How long it took until all handles had the last value of a round. There is none if that was never seen.
    pub arrival: Option<Arrival>,
    /// How many of these values some handle did not return when it was asked last, after [`waited`](Self::waited).
    pub never_arrived: usize,
    /// How long a handle was asked for the last value of a round before it counted as never arrived: a second, or the
    /// declared propagation time if that is longer.
    pub waited: Duration,
    /// What went wrong meanwhile: calls that failed, or why the measurement ended early.
    pub trouble: Option<String>,
}

/// How long it took until all handles had a value: from when its put had returned `Ok` until the get had ended with which the
/// last handle returned it, and from which on it returned no other.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Arrival {
    /// Half of the values took this long or less.
    pub median: Duration,
    /// No value took longer.
    pub longest: Duration,
}

impl Arrival {
    pub(super) const fn new(median: Duration, longest: Duration) -> Self {
        Self { median, longest }
    }
}

impl fmt::Display for Staleness {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match (self.gets, self.stale) {
            (0, _) => write!(formatter, "How stale reads are was not seen.")?,
            (gets, 0) => write!(formatter, "No stale read was seen in {}{}.", plural(gets, "get"), self.through())?,
            (gets, stale) => write!(
                formatter,
                "Reads may be stale: {stale} of {}{} returned an older value or none, at most {} and {} behind.",
                plural(gets, "get"),
                self.through(),
                plural(self.most_puts_behind, "put"),
                duration(self.longest_behind),
            )?,
        }
        if self.stale > 0 || self.never_arrived > 0 {
            self.write_arrival(formatter)?;
        }
        self.trouble.iter().try_for_each(|trouble| write!(formatter, " Meanwhile, {trouble}."))?;
        write!(formatter, " No verdict hangs on this.")
    }
}

impl Staleness {
    fn through(&self) -> String {
        if self.handles > 1 { format!(" through {} handles", self.handles) } else { String::new() }
    }

    fn write_arrival(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let who = if self.handles > 1 { "all handles" } else { "the handle" };
        if let Some(Arrival { median, longest }) = self.arrival {
            let (median, longest) = (duration(median), duration(longest));
            write!(formatter, " The last value was seen by {who} after {median} (median), {longest} at most.")?;
        }
        match self.never_arrived {
            0 => Ok(()),
            1 => write!(formatter, " One value was not seen by {who} within {}.", duration(self.waited)),
            values => write!(formatter, " {values} values were not seen by {who} within {}.", duration(self.waited)),
        }
    }
}

fn plural(count: usize, one: &str) -> String {
    format!("{count} {one}{}", if count == 1 { "" } else { "s" })
}

#[cfg(test)]
mod tests;
