//! How many calls the cases make at the same time.

/// More calls than most stores have connections or permits, so that an outage takes all of them.
pub(super) const MANY: usize = 32;
