//! Stores that take an outage of their backend each in their own way.

use std::collections::HashMap;
use std::sync::Mutex;
use std::time::Duration;

use tokio::time::{Instant, sleep};
use value_store::conformance::Gate;
use value_store::stores::MemoryStore;
use value_store::{Context, Error, GetValueResult, ValueStore, value_store_tests};

use crate::serve::{Answer, Request, serve, serve_untimed, shared_memory, within};

/// What is behind the gate. It is passed on the way there and not on the way back, so that a put that failed has not
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

#[value_store_tests(shared, convergent, settled, faults, linearizable)]
async fn behind_a_gate(context: &Context) -> impl ValueStore {
    serve(Backend::of(context).await, |backend, request| async move { backend.serve(request).await })
}

#[value_store_tests(shared, convergent, settled, faults, linearizable, flavor = "multi_thread", worker_threads = 2)]
async fn behind_a_gate_on_threads(context: &Context) -> impl ValueStore {
    serve(Backend::of(context).await, |backend, request| async move { backend.serve(request).await })
}

#[value_store_tests(shared, convergent, settled, faults, linearizable, start_paused = true)]
async fn behind_a_gate_on_a_paused_clock(context: &Context) -> impl ValueStore {
    serve(Backend::of(context).await, |backend, request| async move { backend.serve(request).await })
}

/// One call at a time, each of which passes the gate on both ways.
#[value_store_tests(shared, convergent, faults, linearizable)]
async fn one_at_a_time(context: &Context) -> impl ValueStore {
    let backend = tokio::sync::Mutex::new(Backend::of(context).await);
    serve(backend, |backend, request| async move {
        let backend = backend.lock().await;
        let answer = backend.serve(request).await;
        backend.gate.pass().await?;
        answer
    })
}

/// Tries again when the backend is cut off, and gives up by itself where the call has no timeout.
#[value_store_tests(shared, convergent, settled, faults, linearizable)]
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

/// Without a timeout it waits for a while, and then says that the backend does not answer.
#[value_store_tests(shared, convergent, settled, faults, linearizable)]
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

/// Does not even try for a while after an outage.
#[value_store_tests(shared, faults)]
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

/// Answers from what it has seen where the backend does not answer.
#[value_store_tests(shared, settled, faults)]
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
