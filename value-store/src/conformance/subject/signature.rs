//! The types that a factory may return, and the parameter that it may take.

use std::convert::Infallible;
use std::error::Error;
use std::pin::Pin;
use std::sync::Arc;

use crate::ValueStore;
use crate::conformance::world::Context;

/// The boxed future of a factory. It need not be `Send`: a case runs on a thread of its own.
pub type Opening = Pin<Box<dyn Future<Output = Result<Arc<dyn ValueStore>, FactoryError>>>>;

/// The error of a factory, as the messages that the report shows: its own first, then those of its sources.
#[derive(Debug)]
pub struct FactoryError(pub(crate) Vec<String>);

/// Boxes the future of a factory.
pub fn opening(factory: impl Future<Output = Result<Arc<dyn ValueStore>, FactoryError>> + 'static) -> Opening {
    Box::pin(factory)
}

/// Turns the return value of a factory into a store.
///
/// # Errors
///
/// The error of the factory.
pub fn into_store<R, Kind, ErrorKind>(returned: R) -> Result<Arc<dyn ValueStore>, FactoryError>
where
    R: Returned<Kind, Store: Store, Error: Explain<ErrorKind>>,
{
    match returned.into_result() {
        Ok(store) => Ok(store.share()),
        Err(error) => Err(FactoryError(error.explain())),
    }
}

/// The type of the parameter of a factory, if it takes one: `&Context`.
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
/// Without the parameter `Kind`, the implementations for `Result` and for all stores would overlap. The one for `Result`
/// has no bounds on the two types inside, so that the compiler selects it in any case, and then reports which of the two
/// types is wrong.
#[diagnostic::on_unimplemented(
    message = "a factory returns a value store, or a `Result` of one, not `{Self}`",
    label = "write a type that implements `value_store::ValueStore`",
    note = "a store is used from any thread: `Arc<MyStore>` and `Box<MyStore>` are stores, `Rc<MyStore>` is not"
)]
pub trait Returned<Kind> {
    /// The type in `Ok`.
    type Store;
    /// The type in `Err`.
    type Error;

    /// The return value as a `Result`. A plain store becomes `Ok`.
    ///
    /// # Errors
    ///
    /// The error of the factory.
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
    /// The store with its type erased.
    fn share(self) -> Arc<dyn ValueStore>;
}

#[diagnostic::do_not_recommend]
impl<S: ValueStore + 'static> Store for S {
    fn share(self) -> Arc<dyn ValueStore> {
        Arc::new(self)
    }
}

/// An error that a factory may return. It has to have a message.
#[diagnostic::on_unimplemented(
    message = "the error of a factory needs a message, and `{Self}` has none",
    label = "implement `std::error::Error` for it, or return a `String` or a `Box<dyn Error>` in its place"
)]
pub trait Explain<Kind> {
    /// The message of the error, then those of its sources.
    fn explain(self) -> Vec<String>;
}

/// The `Kind` of all errors that convert to a box that is `Send`, boxed or not.
#[derive(Debug)]
pub struct AnyError;

/// The `Kind` of `Box<dyn Error>`, which does not implement `Error` and does not convert to a box that is `Send`.
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
