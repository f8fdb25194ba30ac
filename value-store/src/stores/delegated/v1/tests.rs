//! The client against the router and against wrong servers, and the router against other requests, all over TCP.

mod order;
mod requests;
mod round_trips;
mod wrong_servers;

use std::error::Error as StdError;
use std::iter;
use std::time::Duration;

use bytes::Bytes;
use tokio::net::TcpListener;

use super::*;
use crate::ipns::testing::{HOUR, Owner};
use crate::stores::MemoryStore;
use crate::{Error, Options, ValueStore};

/// More than any of these tests takes.
const PATIENCE: Duration = Duration::from_secs(30);

async fn listen() -> (TcpListener, String) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    (listener, url)
}

/// The URL of a router over this store, which lives as long as the runtime of the test.
async fn serve(store: impl ValueStore + 'static) -> String {
    let (listener, url) = listen().await;
    tokio::spawn(axum::serve(listener, router(store)).into_future());
    url
}

async fn client_of(store: impl ValueStore + 'static) -> IpnsStore {
    IpnsStore::new(&serve(store).await).unwrap()
}

async fn soon<T>(future: impl Future<Output = T>) -> T {
    tokio::time::timeout(PATIENCE, future).await.expect("not in 30 s")
}

async fn put(store: &impl ValueStore, owner: &Owner, record: &Bytes) -> Result<(), Error> {
    soon(store.put(&owner.name().to_key(), record.clone(), &Options::new())).await
}

async fn get(store: &impl ValueStore, owner: &Owner) -> Result<Bytes, Error> {
    soon(store.get(&owner.name().to_key(), &Options::new())).await.map(|found| found.val)
}

/// The messages of an error and of all its sources.
fn chain(error: &Error) -> String {
    let errors = iter::successors(Some(error as &dyn StdError), |error| (*error).source());
    errors.map(ToString::to_string).collect::<Vec<_>>().join(": ")
}
