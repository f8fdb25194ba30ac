//! Stores with ways of their own to keep time.

use std::time::{Duration, Instant};

use tokio::sync::Mutex;
use tokio::time::sleep;
use value_store::stores::MemoryStore;
use value_store::{Context, Error, ValueStore, value_store_tests};

use crate::serve::{memory, serve_untimed, within};

/// A timeout of zero has passed before the call begins.
#[value_store_tests(settled, linearizable)]
fn zero_is_too_short(context: &Context) -> impl ValueStore {
    serve_untimed(memory(context), |store, request| async move {
        match request.options.timeout() {
            Some(Duration::ZERO) => Err(Error::Timeout),
            timeout => within(timeout, request.on(&*store)).await,
        }
    })
}

/// So has one of a nanosecond, while zero means an answer at once.
#[value_store_tests(settled, linearizable)]
fn nanosecond_is_too_short(context: &Context) -> impl ValueStore {
    serve_untimed(memory(context), |store, request| async move {
        match request.options.timeout() {
            Some(timeout) if timeout == Duration::from_nanos(1) => Err(Error::Timeout),
            _ => request.on(&*store).await,
        }
    })
}

/// Timeouts are rounded up to whole milliseconds, zero to one.
#[value_store_tests(settled, linearizable, deadline = "10s")]
fn whole_milliseconds(context: &Context) -> impl ValueStore {
    serve_untimed(memory(context), |store, request| async move {
        let timeout = request.options.timeout();
        let rounded = timeout.map(|timeout| timeout.saturating_add(Duration::from_millis(1)));
        let call = async {
            sleep(Duration::from_millis(1)).await;
            request.on(&*store).await
        };
        within(rounded, call).await
    })
}

/// The clock is looked at only at the end, and a put that took too long has not happened.
#[value_store_tests(settled, linearizable, deadline = "10s")]
fn looks_at_the_end(context: &Context) -> impl ValueStore {
    serve_untimed(memory(context), |store, request| async move {
        let begun = Instant::now();
        sleep(Duration::from_millis(1)).await;
        match request.options.timeout() {
            Some(timeout) if begun.elapsed() >= timeout => Err(Error::Timeout),
            _ => request.on(&*store).await,
        }
    })
}

/// The clock is looked at every 20 ms; every tenth call takes longer than that.
#[value_store_tests(settled, linearizable, deadline = "10s")]
fn looks_now_and_then(context: &Context) -> impl ValueStore {
    const TICK: Duration = Duration::from_millis(20);
    serve_untimed(memory(context), |store, request| async move {
        let begun = Instant::now();
        let mut left = if fastrand::u8(..10) == 0 { TICK + TICK / 4 } else { Duration::ZERO };
        while left > Duration::ZERO {
            sleep(left.min(TICK)).await;
            left = left.saturating_sub(TICK);
            if request.options.timeout().is_some_and(|timeout| begun.elapsed() >= timeout) {
                return Err(Error::Timeout);
            }
        }
        request.on(&*store).await
    })
}

/// A call without a timeout has one of 5 s.
#[value_store_tests(settled, linearizable, deadline = "10s")]
fn default_of_five_seconds(context: &Context) -> impl ValueStore {
    serve_untimed(memory(context), |store, request| async move {
        let timeout = request.options.timeout().unwrap_or(Duration::from_secs(5));
        let call = async {
            sleep(Duration::from_millis(1)).await;
            request.on(&*store).await
        };
        within(Some(timeout), call).await
    })
}

/// One call at a time, of 40 ms each, and a call without a timeout has one of 2 s: many at once take longer.
#[value_store_tests(settled, linearizable, deadline = "10s")]
fn default_that_many_exceed(context: &Context) -> impl ValueStore {
    serve_untimed(Mutex::new(memory(context)), |store, request| async move {
        let timeout = request.options.timeout().unwrap_or(Duration::from_secs(2));
        let call = async {
            let store = store.lock().await;
            sleep(Duration::from_millis(40)).await;
            request.on(&*store).await
        };
        within(Some(timeout), call).await
    })
}

/// A put goes on when its call has timed out, and may land over a newer one: this store is not settled.
#[value_store_tests(linearizable, deadline = "10s")]
fn times_out_and_lands(context: &Context) -> impl ValueStore {
    serve_untimed(memory(context), |store, request| async move {
        let timeout = request.options.timeout();
        let work = tokio::spawn(async move {
            sleep(Duration::from_micros(fastrand::u64(0..4_000))).await;
            request.on(&*store).await
        });
        within(timeout, async { work.await.map_err(Error::backend)? }).await
    })
}

/// Timeouts are ignored, since every call is done long before any could pass.
#[value_store_tests(settled, linearizable)]
fn too_fast_for_timeouts(context: &Context) -> MemoryStore {
    memory(context)
}
