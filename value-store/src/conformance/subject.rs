//! What is tested: a factory of stores, and what its author says of them.

use std::convert::Infallible;
use std::error::Error;
use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;
use std::time::Duration;

use crate::ValueStore;
use crate::conformance::Context;
use crate::conformance::records::Records;

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

/// The runtime that a case runs on: the words of `#[tokio::test]`.
#[derive(Clone, Copy, Debug)]
pub enum Runtime {
    /// `flavor = "current_thread"`.
    CurrentThread {
        /// Whether the clock stands still, and jumps when nothing else is left to do.
        start_paused: bool,
    },
    /// `flavor = "multi_thread"`.
    MultiThread {
        /// The number of threads, or tokio's own choice.
        worker_threads: Option<usize>,
    },
}

impl Runtime {
    pub(crate) fn is_paused(self) -> bool {
        matches!(self, Self::CurrentThread { start_paused: true })
    }
}

/// The boxed future of a factory. It need not be `Send`: a case has a thread of its own.
pub type Opening = Pin<Box<dyn Future<Output = Result<Arc<dyn ValueStore>, FactoryError>>>>;

/// The error of a factory, as the lines that its report shows: the error first, then what caused it.
#[derive(Debug)]
pub struct FactoryError(pub(crate) Vec<String>);

/// Boxes what a factory does.
pub fn opening(factory: impl Future<Output = Result<Arc<dyn ValueStore>, FactoryError>> + 'static) -> Opening {
    Box::pin(factory)
}

/// Makes a store of what a factory returned.
///
/// # Errors
///
/// The factory's own.
pub fn into_store<R, Kind, ErrorKind>(returned: R) -> Result<Arc<dyn ValueStore>, FactoryError>
where
    R: Returned<Kind, Store: Store, Error: Explain<ErrorKind>>,
{
    match returned.into_result() {
        Ok(store) => Ok(store.share()),
        Err(error) => Err(FactoryError(error.explain())),
    }
}

/// What a factory may take: nothing, or this.
#[diagnostic::on_unimplemented(
    message = "a factory takes no parameter, or one of type `&Context`, not `{Self}`",
    label = "write `&value_store::Context`, or leave the parameter out"
)]
pub trait Parameter {
    /// The parameter for a call of the factory.
    fn from_context(context: &'static Context) -> Self;
}

#[diagnostic::do_not_recommend]
impl Parameter for &'static Context {
    fn from_context(context: &'static Context) -> Self {
        context
    }
}

/// What a factory may return: a store, or a `Result` of one.
///
/// `Kind` only tells the implementations apart: that of `Result` could not stand beside that of all stores otherwise. It
/// asks nothing of what is in the `Result`, so that the compiler finds it, and then says which of the two is wrong.
#[diagnostic::on_unimplemented(
    message = "a factory returns a value store, or a `Result` of one, not `{Self}`",
    label = "write a type that implements `value_store::ValueStore`",
    note = "a store is used from any thread: `Arc<MyStore>` and `Box<MyStore>` are stores, `Rc<MyStore>` is not"
)]
pub trait Returned<Kind> {
    /// What is in `Ok`.
    type Store;
    /// What is in `Err`.
    type Error;

    /// A plain store is an `Ok`.
    ///
    /// # Errors
    ///
    /// The factory's own.
    fn into_result(self) -> Result<Self::Store, Self::Error>;
}

/// The factory returned a store.
#[derive(Debug)]
pub struct Plain;

/// The factory returned a `Result`.
#[derive(Debug)]
pub struct Fallible;

#[diagnostic::do_not_recommend]
impl<S: ValueStore> Returned<Plain> for S {
    type Store = S;
    type Error = Infallible;

    fn into_result(self) -> Result<S, Infallible> {
        Ok(self)
    }
}

#[diagnostic::do_not_recommend]
impl<S, E> Returned<Fallible> for Result<S, E> {
    type Store = S;
    type Error = E;

    fn into_result(self) -> Self {
        self
    }
}

/// A store that a factory may return, in a `Result` or without one.
#[diagnostic::on_unimplemented(
    message = "the `Result` of a factory holds a value store, not `{Self}`",
    label = "write `Result<MyStore, _>`, with a type that implements `value_store::ValueStore`",
    note = "a store is used from any thread: `Arc<MyStore>` and `Box<MyStore>` are stores, `Rc<MyStore>` is not"
)]
pub trait Store {
    /// The store, type erased.
    fn share(self) -> Arc<dyn ValueStore>;
}

#[diagnostic::do_not_recommend]
impl<S: ValueStore + 'static> Store for S {
    fn share(self) -> Arc<dyn ValueStore> {
        Arc::new(self)
    }
}

/// An error that a factory may return: one with a message.
#[diagnostic::on_unimplemented(
    message = "the error of a factory needs a message, and `{Self}` has none",
    label = "implement `std::error::Error` for it, or return a `String` or a `Box<dyn Error>` in its place"
)]
pub trait Explain<Kind> {
    /// The message, and those of its sources.
    fn explain(self) -> Vec<String>;
}

/// All errors, boxed or not, whose box can go from thread to thread.
#[derive(Debug)]
pub struct AnyError;

/// `Box<dyn Error>`, which is no `Error` and does not become a box that is `Send`.
#[derive(Debug)]
pub struct LocalBox;

#[diagnostic::do_not_recommend]
impl<E: Into<Box<dyn Error + Send + Sync>>> Explain<AnyError> for E {
    fn explain(self) -> Vec<String> {
        chain(&*self.into())
    }
}

#[diagnostic::do_not_recommend]
impl Explain<LocalBox> for Box<dyn Error> {
    fn explain(self) -> Vec<String> {
        chain(&*self)
    }
}

/// The messages of an error and all its sources, the outermost first.
pub(crate) fn chain(error: &(dyn Error + 'static)) -> Vec<String> {
    let mut messages = vec![error.to_string()];
    let mut source = error.source();
    while let Some(error) = source {
        messages.push(error.to_string());
        source = error.source();
    }
    messages
}
