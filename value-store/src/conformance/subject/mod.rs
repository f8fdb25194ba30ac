//! The subject of a test run: a factory of stores, and what its author declares about them.

mod claim;
mod runtime;
mod signature;

pub use self::claim::Claim;
pub use self::runtime::Runtime;
pub(crate) use self::signature::chain;
pub(crate) use self::signature::{Explain, Returned, Store};
pub use self::signature::{Opening, Parameter, into_store, opening};

use std::time::Duration;

use crate::conformance::records::Records;
use crate::conformance::world::Context;

/// A factory with its settings. The attribute generates one static of this type for each annotated function.
pub struct Subject {
    /// The name of the factory.
    pub name: &'static str,
    /// The path of the module that contains the tests, with the name of the crate first. Empty if there are no tests.
    pub module: &'static str,
    /// The file of the factory.
    pub file: &'static str,
    /// The line of the factory's name.
    pub line: u32,
    /// Calls the factory.
    pub open: &'static (dyn Fn(&'static Context) -> Opening + Send + Sync),
    /// The options of the attribute.
    pub settings: Settings,
}

/// The options of the attribute that the judge and the cases need.
#[derive(Clone)]
pub struct Settings {
    /// What the store claims beyond the contract.
    pub claims: &'static [Claim],
    /// How long a put may take to become visible through other handles.
    pub propagation: Duration,
    /// The length of the longest key that the store accepts, in bytes.
    pub max_key_len: Option<usize>,
    /// The length of the longest value that the store accepts, in bytes.
    pub max_value_len: Option<usize>,
    /// The generator of keys and values for a network that validates them.
    pub records: Option<&'static dyn Records>,
    /// The cases, or whole families, that do not run. The second string is the reason.
    pub skip: &'static [(&'static str, &'static str)],
    /// The cases, or whole families, that are expected to fail. The second string is the reason.
    pub expect_failure: &'static [(&'static str, &'static str)],
    /// Whether cases are judged even where one that they stand on fails.
    pub anyway: bool,
    /// The command line that runs this check, for reports, if it is not a call in the source of a program.
    pub command: Option<&'static str>,
    /// How long a case may take as a whole, beside what it waits for puts to arrive.
    pub deadline: Duration,
    /// How long after its timeout a call may end.
    pub grace: Duration,
    /// The runtime that the cases run on.
    pub runtime: Runtime,
}

impl Settings {
    /// The environment variable that has cases judged even where one that they stand on fails.
    pub(crate) const ANYWAY: &str = "VALUE_STORE_ANYWAY";

    /// The settings of an attribute without options.
    ///
    /// The deadline only has to end cases that hang. On a store that answers, most cases take far less than a second, and
    /// those that make many calls stop early if calls are slow. The grace is for a store that checks its clock only now and
    /// then, or that first finishes a step. It need not cover the load of the machine: lateness is measured against a timer
    /// that suffers the same load.
    pub const DEFAULT: Self = Self {
        claims: &[],
        propagation: Duration::ZERO,
        max_key_len: None,
        max_value_len: None,
        records: None,
        skip: &[],
        expect_failure: &[],
        anyway: false,
        command: None,
        deadline: Duration::from_secs(30),
        grace: Duration::from_millis(100),
        runtime: Runtime::CurrentThread { start_paused: false },
    };
}
