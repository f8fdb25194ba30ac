//! A fault, the case that is there for it, and what that says.

use std::sync::Arc;

use value_store::{Bytes, Error, Options, PeerId};

use crate::store::{Base, Get, Put, RIGHT, Steps};

/// A right store with one fault.
#[derive(Clone, Copy)]
pub(crate) struct Mutant {
    pub(crate) name: &'static str,
    /// The case that is there for this fault. [`failing_cases`](crate::failing_cases) has the others that fail.
    pub(crate) case: &'static str,
    /// What the report of that case says.
    pub(crate) says: &'static str,
    pub(crate) steps: Steps,
}

/// A mutant of the right store.
pub(crate) const fn mutant(name: &'static str) -> Mutant {
    RIGHT.mutant(name)
}

impl Steps {
    /// A mutant of a store with these steps.
    pub(crate) const fn mutant(self, name: &'static str) -> Mutant {
        Mutant { name, case: "", says: "", steps: self }
    }
}

/// Functions that replace a step by a fault.
macro_rules! faults {
    ($($step:ident: $fault:ty,)*) => {
        $(
            pub(crate) const fn $step(mut self, fault: $fault) -> Self {
                self.steps.$step = fault;
                self
            }
        )*
    };
}

impl Mutant {
    /// Names the case that is there for the fault, and a part of its report.
    pub(crate) const fn caught_by(self, case: &'static str, says: &'static str) -> Self {
        Self { case, says, ..self }
    }

    /// Replaces several steps at once.
    pub(crate) const fn steps(self, steps: Steps) -> Self {
        Self { steps, ..self }
    }

    faults! {
        key: fn(&[u8]) -> Vec<u8>,
        put_value: fn(Bytes) -> Bytes,
        got_value: fn(Bytes) -> Bytes,
        before_put: fn(&Arc<Base>, &[u8], &Bytes),
        limits: fn(&[u8], &[u8]) -> Result<(), Error>,
        first: fn(&Base, &Options) -> Result<(), Error>,
        put: Put,
        get: Get,
        from: fn(&Base, PeerId) -> PeerId,
        opened: fn(Option<Arc<Base>>) -> Arc<Base>,
        dropped: fn(&Base),
    }
}
