//! Stores that are slow, or that yield often.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::task::Poll;
use std::time::Duration;

use tokio::task::yield_now;
use tokio::time::sleep;
use value_store::stores::MemoryStore;
use value_store::{Context, ValueStore, value_store_tests};

use crate::serve::{memory, serve};

/// Every fourth call takes up to 50 ms, the others none.
#[value_store_tests(settled, monotonic, linearizable, deadline = "10s")]
fn now_and_then_slow(context: &Context) -> impl ValueStore {
    serve((memory(context), AtomicUsize::new(0)), |state, request| async move {
        if state.1.fetch_add(1, Ordering::Relaxed) % 4 == 3 {
            sleep(Duration::from_millis(fastrand::u64(0..=50))).await;
        }
        request.on(&state.0).await
    })
}

/// Each call takes 0 to 5 ms, so that calls made together end in any order.
#[value_store_tests(settled, monotonic, linearizable, deadline = "10s")]
fn jittery(context: &Context) -> impl ValueStore {
    serve(memory(context), |store, request| async move {
        sleep(Duration::from_micros(fastrand::u64(0..=5_000))).await;
        request.on(&*store).await
    })
}

/// Each call returns only a while after it has taken effect.
#[value_store_tests(settled, monotonic, linearizable, deadline = "10s")]
fn slow_to_answer(context: &Context) -> impl ValueStore {
    serve(memory(context), |store, request| async move {
        let answer = request.on(&*store).await;
        sleep(Duration::from_millis(2)).await;
        answer
    })
}

/// Each call yields a hundred times before it takes effect, and a hundred times after.
#[value_store_tests(settled, monotonic, linearizable)]
fn yields_often(context: &Context) -> impl ValueStore {
    serve(memory(context), |store, request| async move {
        yield_often().await;
        let answer = request.on(&*store).await;
        yield_often().await;
        answer
    })
}

async fn yield_often() {
    for _ in 0..100 {
        yield_now().await;
    }
}

/// Each call is pending at its first poll.
#[value_store_tests(settled, monotonic, linearizable)]
fn pending_once(context: &Context) -> impl ValueStore {
    serve(memory(context), |store, request| async move {
        let mut polled = false;
        std::future::poll_fn(|context| {
            if std::mem::replace(&mut polled, true) {
                return Poll::Ready(());
            }
            context.waker().wake_by_ref();
            Poll::Pending
        })
        .await;
        request.on(&*store).await
    })
}

/// Each call is ready at its first poll, whatever its timeout.
#[value_store_tests(settled, monotonic, linearizable)]
fn never_pending(context: &Context) -> MemoryStore {
    memory(context)
}

/// Each call keeps its thread busy for a while.
#[value_store_tests(settled, monotonic, linearizable)]
fn busy(context: &Context) -> impl ValueStore {
    serve(memory(context), |store, request| async move {
        let answer = request.on(&*store).await;
        std::hint::black_box((0..2_000_u32).fold(1_u32, |product, factor| product.wrapping_mul(factor | 1)));
        answer
    })
}
