//! What makes the draw of a power loss.

/// What makes the draw of one power loss.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Draw {
    /// The kind of the power loss, by its number. Those that tell most come first.
    pub(crate) kind: usize,
    pub(crate) seed: u64,
}

impl Draw {
    pub(crate) const KINDS: usize = 6;

    /// Nothing survives but what was synced.
    pub(crate) const NOTHING: Self = Self { kind: 0, seed: 0 };
}
