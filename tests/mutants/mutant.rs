//! A fault, the case that is there for it, and what that says.

use crate::store::Steps;

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

/// A line of the tables of mutants.
pub(crate) const fn mutant(name: &'static str, case: &'static str, says: &'static str, steps: Steps) -> Mutant {
    Mutant { name, case, says, steps }
}
