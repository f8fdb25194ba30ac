//! Stores in which calls wait for each other.

use std::collections::HashMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use tokio::sync::{Mutex, Semaphore, mpsc, oneshot};
use tokio::task::yield_now;
use tokio::time::sleep;
use value_store::{Context, Error, ValueStore, value_store_tests};

use crate::serve::{Answer, Request, memory, serve};

/// One fair lock for all calls, held while the call yields.
#[value_store_tests(settled, monotonic, linearizable)]
fn one_lock(context: &Context) -> impl ValueStore {
    serve(Mutex::new(memory(context)), |store, request| async move {
        let store = store.lock().await;
        yield_now().await;
        let answer = request.on(&*store).await;
        yield_now().await;
        answer
    })
}

/// A lock for each key, held while the call sleeps.
#[value_store_tests(settled, monotonic, linearizable, deadline = "10s")]
fn lock_per_key(context: &Context) -> impl ValueStore {
    type Locks = std::sync::Mutex<HashMap<Vec<u8>, Arc<Mutex<()>>>>;
    serve((memory(context), Locks::default()), |state, request| async move {
        let lock = Arc::clone(state.1.lock().unwrap().entry(request.key.clone()).or_default());
        let _guard = lock.lock().await;
        sleep(Duration::from_millis(1)).await;
        request.on(&state.0).await
    })
}

/// Three calls at a time.
#[value_store_tests(settled, monotonic, linearizable, deadline = "10s")]
fn pool_of_three(context: &Context) -> impl ValueStore {
    serve((memory(context), Semaphore::new(3)), |state, request| async move {
        let _permit = state.1.acquire().await.expect("the semaphore is never closed");
        sleep(Duration::from_millis(1)).await;
        request.on(&state.0).await
    })
}

type Queued = (Request, oneshot::Sender<Answer>);

/// One task makes all calls in order, even those that were dropped or timed out.
#[value_store_tests(settled, monotonic, linearizable)]
fn one_task(context: &Context) -> impl ValueStore {
    let store = memory(context);
    let (calls, mut queue) = mpsc::channel::<Queued>(1);
    tokio::spawn(async move {
        while let Some((request, reply)) = queue.recv().await {
            let _ = reply.send(request.on(&store).await);
        }
    });
    serve(calls, |calls, request| async move {
        let (reply, answer) = oneshot::channel();
        calls.send((request, reply)).await.map_err(Error::backend)?;
        answer.await.map_err(Error::backend)?
    })
}

/// A store whose calls go through a queue without a limit.
fn queued(calls: mpsc::UnboundedSender<Queued>) -> impl ValueStore {
    serve(calls, |calls, request| async move {
        let (reply, answer) = oneshot::channel();
        calls.send((request, reply)).map_err(Error::backend)?;
        answer.await.map_err(Error::backend)?
    })
}

/// One task makes all calls in order, and every other one takes 40 ms.
#[value_store_tests(settled, monotonic, linearizable)]
fn one_task_alternately_slow(context: &Context) -> impl ValueStore {
    let (store, count) = (memory(context), AtomicUsize::new(0));
    let (calls, mut queue) = mpsc::unbounded_channel::<Queued>();
    tokio::spawn(async move {
        while let Some((request, reply)) = queue.recv().await {
            if count.fetch_add(1, Ordering::Relaxed) % 2 == 1 {
                sleep(Duration::from_millis(40)).await;
            }
            let _ = reply.send(request.on(&store).await);
        }
    });
    queued(calls)
}

/// Calls are collected for 2 ms, and then made together.
#[value_store_tests(settled, monotonic, linearizable, deadline = "10s")]
fn batches(context: &Context) -> impl ValueStore {
    let store = memory(context);
    let (calls, mut queue) = mpsc::unbounded_channel::<Queued>();
    tokio::spawn(async move {
        let mut batch = Vec::new();
        while queue.recv_many(&mut batch, 1).await > 0 {
            sleep(Duration::from_millis(2)).await;
            while let Ok(call) = queue.try_recv() {
                batch.push(call);
            }
            for (request, reply) in batch.drain(..) {
                let _ = reply.send(request.on(&store).await);
            }
        }
    });
    queued(calls)
}
