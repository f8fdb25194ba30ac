//! Stores that each handle timeouts in another way.

use std::time::{Duration, Instant};

use tokio::sync::Mutex;
use tokio::time::sleep;
use value_store::calls::within;
use value_store::stores::MemoryStore;
use value_store::{Context, Error, ValueStore, value_store_tests};

use crate::serve::{memory, serve_untimed};

/// With a timeout of zero, a call times out at once.
#[value_store_tests(settled, monotonic, linearizable)]
fn zero_is_too_short(context: &Context) -> impl ValueStore {
    serve_untimed(memory(context), |store, request| async move {
        match request.options.timeout() {
            Some(Duration::ZERO) => Err(Error::Timeout),
            timeout => within(timeout, request.on(&*store)).await,
        }
    })
}

/// With a timeout of a nanosecond, a call times out at once, but with one of zero it is answered.
#[value_store_tests(settled, monotonic, linearizable)]
fn nanosecond_is_too_short(context: &Context) -> impl ValueStore {
    serve_untimed(memory(context), |store, request| async move {
        match request.options.timeout() {
            Some(timeout) if timeout == Duration::from_nanos(1) => Err(Error::Timeout),
            _ => request.on(&*store).await,
        }
    })
}

/// Timeouts are a millisecond longer than asked for, as if rounded up.
#[value_store_tests(settled, monotonic, linearizable, deadline = "10s")]
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

/// A call looks at the clock only at its end, and a put that took too long does not happen.
#[value_store_tests(settled, monotonic, linearizable, deadline = "10s")]
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

/// A call looks at the clock every 20 ms, and about every tenth call takes longer than that.
#[value_store_tests(settled, monotonic, linearizable, deadline = "10s")]
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

/// Without a timeout, a call has one of 5 s.
#[value_store_tests(settled, monotonic, linearizable, deadline = "10s")]
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

/// One call at a time, each of 40 ms. Without a timeout, a call has one of 2 s, which many calls at once exceed.
#[value_store_tests(settled, monotonic, linearizable, deadline = "10s")]
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

/// A put goes on after its call has timed out, and may overwrite a newer value. So this store is not settled.
#[value_store_tests(monotonic, linearizable, deadline = "10s")]
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

/// Timeouts are ignored, since every call ends long before any could pass.
#[value_store_tests(settled, monotonic, linearizable)]
fn too_fast_for_timeouts(context: &Context) -> MemoryStore {
    memory(context)
}
