//! Stores with options of their own.

use std::collections::HashSet;
use std::sync::Mutex;
use std::time::Duration;

use serde_json::Value;
use tokio::time::sleep;
use value_store::{Context, Error, PeerId, ValueStore, value_store_tests};

use crate::serve::{Request, memory, serve};

/// It has three options: a delay, a quorum and a peer to ask. It ignores values that make no sense for them.
#[value_store_tests(settled, monotonic, linearizable)]
fn lenient(context: &Context) -> impl ValueStore {
    serve(memory(context), |store, request| async move {
        if let Some(delay) = number(&request, "delay_ms") {
            sleep(Duration::from_millis(delay)).await;
        }
        if number(&request, "quorum").is_some_and(|quorum| quorum > 1) {
            return Err(Error::backend("there is one peer only"));
        }
        match peer_to_ask(&request) {
            Some(Ok(peer)) if peer != store.peer_id() => Err(Error::backend("no such peer")),
            _ => request.on(&*store).await,
        }
    })
}

/// It has an option for a peer to ask, and refuses a value that is no peer.
#[value_store_tests(
    settled,
    linearizable,
    skip(options::names_like_known_ones = "it has an option `from`, and refuses what is no peer")
)]
fn strict(context: &Context) -> impl ValueStore {
    serve(memory(context), |store, request| async move {
        if let Some(peer) = peer_to_ask(&request)
            && peer? != store.peer_id()
        {
            return Err(Error::backend("no such peer"));
        }
        request.on(&*store).await
    })
}

/// It has options of its own, and honours them wherever their values make sense.
#[value_store_tests(settled, monotonic, linearizable)]
fn of_its_own(context: &Context) -> impl ValueStore {
    serve((memory(context), Mutex::<HashSet<Vec<u8>>>::default()), |state, mut request| async move {
        let is = |option: &str, value: bool| request.options.get(option).and_then(Value::as_bool) == Some(value);
        if request.value.is_some() && is("readonly", true) {
            return Err(Error::backend("nothing is written"));
        }
        let is_there = state.1.lock().unwrap().contains(&request.key);
        if request.value.is_some() && (is("overwrite", false) || is("nx", true)) && is_there {
            return Err(Error::backend("it has a value"));
        }
        if request.value.is_some() && number(&request, "ttl") == Some(0) {
            return Ok(None);
        }
        let namespace = request.options.get("namespace").and_then(Value::as_str).map(str::to_owned);
        if let Some(namespace) = namespace {
            request.key = [namespace.as_bytes(), b"/", &request.key].concat();
        }
        if request.value.is_some() {
            state.1.lock().unwrap().insert(request.key.clone());
        }
        request.on(&state.0).await
    })
}

fn number(request: &Request, option: &str) -> Option<u64> {
    request.options.get(option)?.as_u64()
}

/// The option `from`.
fn peer_to_ask(request: &Request) -> Option<Result<PeerId, Error>> {
    let from = request.options.get("from")?;
    let peer = from.as_str().ok_or("`from` is a text").map_err(Error::backend);
    Some(peer.and_then(|peer| peer.parse().map_err(Error::backend)))
}
