//! Stores with odd limits.

use std::time::Duration;

use tokio::time::sleep;
use value_store::{Context, Error, ValueStore, value_store_tests};

use crate::serve::{Request, memory, serve, serve_untimed};

fn check_key(request: &Request, limit: usize) -> Result<(), Error> {
    if request.key.len() <= limit { Ok(()) } else { Err(Error::InvalidKey(format!("{limit} bytes at most"))) }
}

fn check_value(request: &Request, limit: usize) -> Result<(), Error> {
    match &request.value {
        Some(value) if value.len() > limit => Err(Error::InvalidValue(format!("{limit} bytes at most"))),
        _ => Ok(()),
    }
}

/// Limits that are no powers of two. A get of a key that is too long is refused.
#[value_store_tests(settled, monotonic, linearizable, max_key_len = 100, max_value_len = 1_000)]
fn hundred_and_thousand(context: &Context) -> impl ValueStore {
    serve(memory(context), |store, request| async move {
        check_key(&request, 100)?;
        check_value(&request, 1_000)?;
        request.on(&*store).await
    })
}

/// Limits that are primes. The value is checked before the key, and a get of a key that is too long finds nothing.
#[value_store_tests(settled, monotonic, linearizable, max_key_len = 17, max_value_len = 19)]
fn seventeen_and_nineteen(context: &Context) -> impl ValueStore {
    serve(memory(context), |store, request| async move {
        check_value(&request, 19)?;
        match check_key(&request, 17) {
            Err(_) if request.value.is_none() => Err(Error::NotFound),
            checked => {
                checked?;
                request.on(&*store).await
            }
        }
    })
}

/// A limit on keys alone.
#[value_store_tests(settled, monotonic, linearizable, max_key_len = 33)]
fn short_keys(context: &Context) -> impl ValueStore {
    serve(memory(context), |store, request| async move {
        check_key(&request, 33)?;
        request.on(&*store).await
    })
}

/// A limit on values alone.
#[value_store_tests(settled, monotonic, linearizable, max_value_len = 16)]
fn short_values(context: &Context) -> impl ValueStore {
    serve(memory(context), |store, request| async move {
        check_value(&request, 16)?;
        request.on(&*store).await
    })
}

/// A refusal takes as long as any other call, and may time out, as if a server refused.
#[value_store_tests(settled, monotonic, linearizable, max_key_len = 255, max_value_len = 65_535, deadline = "10s")]
fn refuses_late(context: &Context) -> impl ValueStore {
    serve(memory(context), |store, request| async move {
        sleep(Duration::from_millis(1)).await;
        check_key(&request, 255)?;
        check_value(&request, 65_535)?;
        request.on(&*store).await
    })
}

/// With a timeout of zero, what is too long is still refused, and all other calls time out.
#[value_store_tests(settled, monotonic, linearizable, max_key_len = 64, max_value_len = 4_000)]
fn refuses_before_the_timeout(context: &Context) -> impl ValueStore {
    serve_untimed(memory(context), |store, request| async move {
        check_key(&request, 64)?;
        check_value(&request, 4_000)?;
        if request.options.timeout() == Some(Duration::ZERO) {
            return Err(Error::Timeout);
        }
        request.on(&*store).await
    })
}
