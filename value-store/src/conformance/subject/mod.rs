//! What is tested: a factory of stores, and what its author says of them.

mod claim;
mod returned;
mod runtime;

pub use self::claim::Claim;
pub(crate) use self::returned::chain;
pub(crate) use self::returned::{Explain, Returned, Store};
pub use self::returned::{Opening, Parameter, into_store, opening};
pub use self::runtime::Runtime;

use std::time::Duration;

use crate::conformance::records::Records;
use crate::conformance::world::Context;

/// A factory with its settings, as the attribute writes them down: one constant for each annotated function.
pub struct Subject {
    /// The name of the factory.
    pub name: &'static str,
    /// The path of the module that holds the tests, the crate's name first; empty where there are none.
    pub module: &'static str,
    /// The file of the factory.
    pub file: &'static str,
    /// The line of the factory's name.
    pub line: u32,
    /// Calls the factory.
    pub open: &'static (dyn Fn(&'static Context) -> Opening + Send + Sync),
    /// The words and values in the attribute.
    pub settings: Settings,
}

/// What the author of a factory says of its stores, as far as the runner and the cases need it.
#[derive(Clone)]
pub struct Settings {
    /// What the store claims beyond the contract.
    pub claims: &'static [Claim],
    /// How long a put may take to be seen through other handles.
    pub propagation: Duration,
    /// The longest key that the store takes, in bytes.
    pub max_key_len: Option<usize>,
    /// The longest value that the store takes, in bytes.
    pub max_value_len: Option<usize>,
    /// What makes keys and values for a network that validates them.
    pub records: Option<&'static dyn Records>,
    /// The cases, or whole families, that are expected to fail, each with the reason.
    pub expect_failure: &'static [(&'static str, &'static str)],
    /// How long a case may take as a whole.
    pub deadline: Duration,
    /// How late a call may end that timed out.
    pub grace: Duration,
    /// The runtime that the cases run on.
    pub runtime: Runtime,
}

impl Settings {
    /// What holds where the attribute says nothing.
    ///
    /// The deadline only has to end cases that hang: a case of a store that answers takes far less than a second, and
    /// those that make many calls stop early where calls are slow. The grace covers a store that looks at its clock now
    /// and then, or first ends a step that it has begun; that a machine is loaded is not its business, since lateness is
    /// measured against a timer that suffers the same load.
    pub const DEFAULT: Self = Self {
        claims: &[],
        propagation: Duration::ZERO,
        max_key_len: None,
        max_value_len: None,
        records: None,
        expect_failure: &[],
        deadline: Duration::from_secs(30),
        grace: Duration::from_millis(100),
        runtime: Runtime::CurrentThread { start_paused: false },
    };
}
