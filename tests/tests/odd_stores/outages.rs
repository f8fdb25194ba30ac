//! Stores that each handle an outage of their backend in another way.

use std::collections::HashMap;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use tokio::time::{Instant, sleep};
use value_store::calls::within;
use value_store::conformance::Gate;
use value_store::stores::MemoryStore;
use value_store::{Context, Error, GetValueResult, ValueStore, value_store_tests};

use crate::serve::{Answer, Request, serve, serve_untimed, shared_memory};

/// A store behind a gate. A call passes it before it reaches the store and not on the way back, so a put that failed has not
/// happened.
struct Backend {
    store: MemoryStore,
    gate: Gate,
}

impl Backend {
    async fn of(context: &Context) -> Self {
        Self { store: shared_memory(context).await, gate: context.gate() }
    }

    async fn serve(&self, request: Request) -> Answer {
        self.gate.pass().await?;
        request.on(&self.store).await
    }
}

#[value_store_tests(shared, convergent, monotonic, settled, faults, linearizable)]
async fn behind_a_gate(context: &Context) -> impl ValueStore {
    serve(Backend::of(context).await, |backend, request| async move { backend.serve(request).await })
}

#[value_store_tests(
    shared,
    convergent,
    monotonic,
    settled,
    faults,
    linearizable,
    flavor = "multi_thread",
    worker_threads = 2
)]
async fn behind_a_gate_on_threads(context: &Context) -> impl ValueStore {
    serve(Backend::of(context).await, |backend, request| async move { backend.serve(request).await })
}

#[value_store_tests(shared, convergent, monotonic, settled, faults, linearizable, start_paused = true)]
async fn behind_a_gate_on_a_paused_clock(context: &Context) -> impl ValueStore {
    serve(Backend::of(context).await, |backend, request| async move { backend.serve(request).await })
}

/// One call at a time for each key. Each passes the gate on the way back as well.
#[value_store_tests(shared, convergent, monotonic, faults, linearizable)]
async fn one_at_a_time_for_each_key(context: &Context) -> impl ValueStore {
    let turns: Mutex<HashMap<Vec<u8>, Arc<tokio::sync::Mutex<()>>>> = Mutex::default();
    serve((Backend::of(context).await, turns), |store, request| async move {
        let (backend, turns) = &*store;
        let turn = Arc::clone(turns.lock().unwrap().entry(request.key.clone()).or_default());
        let _turn = turn.lock().await;
        let answer = backend.serve(request).await;
        backend.gate.pass().await?;
        answer
    })
}

/// Tries again while the backend is cut off. If the call has no timeout, it gives up after one of its own.
#[value_store_tests(shared, convergent, monotonic, settled, faults, linearizable)]
async fn tries_again(context: &Context) -> impl ValueStore {
    const OWN_TIMEOUT: Duration = Duration::from_millis(200);
    serve_untimed(Backend::of(context).await, |backend, request| async move {
        let timeout = request.options.timeout().unwrap_or(OWN_TIMEOUT);
        let served = async {
            while backend.gate.pass().await.is_err() {
                sleep(Duration::from_millis(20)).await;
            }
            request.on(&backend.store).await
        };
        within(Some(timeout), served).await
    })
}

/// If the call has no timeout, it waits for a while, and then fails, since the backend does not answer.
#[value_store_tests(shared, convergent, monotonic, settled, faults, linearizable)]
async fn tells_a_stall(context: &Context) -> impl ValueStore {
    const PATIENCE: Duration = Duration::from_millis(50);
    serve_untimed(Backend::of(context).await, |backend, request| async move {
        match request.options.timeout() {
            Some(timeout) => within(Some(timeout), backend.serve(request)).await,
            None => within(Some(PATIENCE), backend.serve(request)).await.map_err(|error| match error {
                Error::Timeout => Error::backend("the backend does not answer"),
                other => other,
            }),
        }
    })
}

/// For a while after an outage, all calls fail without a try.
#[value_store_tests(shared, monotonic, faults)]
async fn burnt_child(context: &Context) -> impl ValueStore {
    const PAUSE: Duration = Duration::from_millis(300);
    let last_failure = Mutex::new(None::<Instant>);
    serve((Backend::of(context).await, last_failure), |state, request| async move {
        let (backend, last_failure) = &*state;
        if last_failure.lock().unwrap().is_some_and(|failure| failure.elapsed() < PAUSE) {
            return Err(Error::backend("the backend was out of reach just now"));
        }
        let answer = backend.serve(request).await;
        if let Err(Error::Backend(_)) = answer {
            *last_failure.lock().unwrap() = Some(Instant::now());
        }
        answer
    })
}

/// If the backend does not answer, it returns the last value that it has seen.
#[value_store_tests(shared, monotonic, settled, faults)]
async fn remembers(context: &Context) -> impl ValueStore {
    type Seen = Mutex<HashMap<Vec<u8>, GetValueResult>>;
    serve_untimed((Backend::of(context).await, Seen::default()), |state, request| async move {
        let (backend, seen) = &*state;
        let (key, put, timeout) = (request.key.clone(), request.value.clone(), request.options.timeout());
        let answer = within(timeout, backend.serve(request)).await;
        let known = match (&answer, put) {
            (Ok(Some(found)), _) => found.clone(),
            (Ok(None), Some(val)) => GetValueResult { from: backend.store.peer_id(), val },
            (Err(Error::Backend(_) | Error::Timeout), None) => {
                return seen.lock().unwrap().get(&key).cloned().map(Some).map_or(answer, Ok);
            }
            _ => return answer,
        };
        seen.lock().unwrap().insert(key, known);
        answer
    })
}
