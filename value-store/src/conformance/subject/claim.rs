//! The claims that a store may make.

/// A promise beyond the [contract](crate::ValueStore#contract). The suite tests a store against each that it claims.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Claim {
    /// Acknowledged puts survive a restart: closing everything and opening it again.
    Durable,
    /// Handles onto one world see each other's puts.
    Shared,
    /// Some time after the last put to a key, every handle reads the same value.
    Convergent,
    /// A put that failed, timed out or was dropped does not overwrite a newer put later.
    Settled,
    /// The store survives an outage of its backend.
    Faults,
    /// Every concurrent history is linearizable, key by key.
    Linearizable,
}

impl Claim {
    /// The word for the claim in the attribute: `durable`.
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
