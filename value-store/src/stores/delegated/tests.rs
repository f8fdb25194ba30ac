//! The client against the router and against wrong servers, and the router against other clients, all over TCP.

mod other_clients;
mod raw_servers;
mod slow_servers;
mod travel;
mod wrong_servers;

use std::error::Error as StdError;
use std::iter;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use async_trait::async_trait;
use bytes::Bytes;
use libp2p_identity::PeerId;
use tokio::net::TcpListener;

use super::protocol::{GET_PATH, PUT_PATH};
use super::*;
use crate::{Error, GetValueResult, Options, ValueStore};

/// More than any of these tests takes.
const PATIENCE: Duration = Duration::from_secs(30);

async fn listen() -> (TcpListener, String) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    (listener, url)
}

/// The URL of a delegate that lives as long as the runtime of the test.
async fn delegate(router: axum::Router) -> String {
    let (listener, url) = listen().await;
    tokio::spawn(axum::serve(listener, router).into_future());
    url
}

async fn client_of(store: impl ValueStore + 'static) -> DelegatedStore {
    DelegatedStore::new(&delegate(router(store)).await).unwrap()
}

async fn soon<T>(future: impl Future<Output = T>) -> T {
    tokio::time::timeout(PATIENCE, future).await.expect("not in 30 s")
}

async fn put(store: &impl ValueStore, key: &[u8], value: impl Into<Bytes>) -> Result<(), Error> {
    soon(store.put(key, value.into(), &Options::new())).await
}

async fn get(store: &impl ValueStore, key: &[u8]) -> Result<Bytes, Error> {
    soon(store.get(key, &Options::new())).await.map(|found| found.val)
}

/// The messages of an error and of all its sources.
fn chain(error: &Error) -> String {
    let errors = iter::successors(Some(error as &dyn StdError), |error| (*error).source());
    errors.map(ToString::to_string).collect::<Vec<_>>().join(": ")
}

/// A call as it arrived at a store; a put if it has a value.
#[derive(Clone, Debug, PartialEq)]
struct Arrived {
    key: Vec<u8>,
    value: Option<Bytes>,
    options: Options,
}

/// A store that notes its calls, finds the value `found` under each key, and takes every put.
#[derive(Clone, Default)]
struct Notes(Arc<Mutex<Vec<Arrived>>>);

impl Notes {
    fn note(&self, key: &[u8], value: Option<Bytes>, options: &Options) {
        self.0.lock().unwrap().push(Arrived { key: key.to_vec(), value, options: options.clone() });
    }

    fn taken(&self) -> Vec<Arrived> {
        std::mem::take(&mut self.0.lock().unwrap())
    }
}

#[async_trait]
impl ValueStore for Notes {
    async fn put(&self, key: &[u8], value: Bytes, options: &Options) -> Result<(), Error> {
        self.note(key, Some(value), options);
        Ok(())
    }

    async fn get(&self, key: &[u8], options: &Options) -> Result<GetValueResult, Error> {
        self.note(key, None, options);
        Ok(GetValueResult { from: PeerId::random(), val: "found".into() })
    }
}
