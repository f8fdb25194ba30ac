//! The claims that a store may make.

/// A promise beyond the [contract](crate::ValueStore#contract). The suite tests a store against each that it claims.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Claim {
    /// Acknowledged puts survive a restart, in which everything is closed and opened again, and a kill of the process.
    Durable,
    /// The same after the power has gone. The cases need a [disk that can fail](super::super#a-disk-that-can-fail).
    PowerLoss,
    /// A disk that is full, fails or hangs makes calls fail, and nothing else. The cases need a [disk that can
    /// fail](super::super#a-disk-that-can-fail).
    DiskFaults,
    /// Handles onto one world see each other's puts.
    Shared,
    /// Some time after the last put to a key, every handle reads the same value.
    Convergent,
    /// A handle that has read a value reads no older one.
    Monotonic,
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
            Self::PowerLoss => "power_loss",
            Self::DiskFaults => "disk_faults",
            Self::Shared => "shared",
            Self::Convergent => "convergent",
            Self::Monotonic => "monotonic",
            Self::Settled => "settled",
            Self::Faults => "faults",
            Self::Linearizable => "linearizable",
        }
    }
}
