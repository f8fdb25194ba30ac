//! Stores with very long errors.

use std::fmt;

use value_store::{Context, Error, ValueStore, value_store_tests};

use crate::serve::{memory, serve};

/// An error with a hundred causes.
#[derive(Debug)]
struct Deep(u32, Option<Box<Deep>>);

impl Deep {
    fn new(depth: u32) -> Self {
        Self(depth, depth.checked_sub(1).map(|depth| Box::new(Self::new(depth))))
    }
}

impl fmt::Display for Deep {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "cause {} \0 \u{1b}[31m\n\u{202e}{{}}", self.0)
    }
}

impl std::error::Error for Deep {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        self.1.as_deref().map(|cause| cause as _)
    }
}

/// Its refusals are pages of text.
#[value_store_tests(settled, monotonic, linearizable, max_key_len = 1_000, max_value_len = 10_000)]
fn verbose(context: &Context) -> impl ValueStore {
    serve(memory(context), |store, request| async move {
        let page = || "why not? \0\u{1b}[31m\n".repeat(10_000);
        if request.key.len() > 1_000 {
            return Err(Error::InvalidKey(page()));
        }
        if request.value.as_ref().is_some_and(|value| value.len() > 10_000) {
            return Err(Error::InvalidValue(page()));
        }
        request.on(&*store).await
    })
}

/// It has an option with which each call fails, with an error that has a hundred causes.
#[value_store_tests(settled, monotonic, linearizable)]
fn fails_on_demand(context: &Context) -> impl ValueStore {
    serve(memory(context), |store, request| async move {
        if request.options.get("odd-stores-fail").is_some() {
            return Err(Error::backend(Deep::new(100)));
        }
        request.on(&*store).await
    })
}
