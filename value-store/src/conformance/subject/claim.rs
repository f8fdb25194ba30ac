//! What a store may claim.

/// What a store may claim beyond the [contract](crate::ValueStore#contract), to be held to it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Claim {
    /// What was acknowledged is there after everything was closed and opened again.
    Durable,
    /// Handles onto one world see each other's puts.
    Shared,
    /// When the writers of a key have gone quiet, every handle reads the same value.
    Convergent,
    /// A put that failed, timed out or was dropped does not land later, over a newer one.
    Settled,
    /// The store outlives an outage of its backend.
    Faults,
    /// Every concurrent history is linearizable, key by key.
    Linearizable,
}

impl Claim {
    /// The claim as the attribute writes it.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Durable => "durable",
            Self::Shared => "shared",
            Self::Convergent => "convergent",
            Self::Settled => "settled",
            Self::Faults => "faults",
            Self::Linearizable => "linearizable",
        }
    }
}
