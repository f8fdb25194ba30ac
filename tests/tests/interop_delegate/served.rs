//! Delegates on this machine, and stores that record the calls that reach them.

use std::net::SocketAddr;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};

use tokio::net::{TcpListener, TcpStream};
use value_store::stores::delegated;
use value_store::{Bytes, Error, GetValueResult, Options, ValueStore, async_trait};

/// A delegate. It ends with the runtime of the test.
pub(crate) struct Delegate {
    pub(crate) url: String,
    connections: Arc<AtomicUsize>,
}

impl Delegate {
    pub(crate) async fn serve(store: impl ValueStore + 'static) -> Self {
        Self::serve_router(delegated::router(store)).await
    }

    pub(crate) async fn serve_router(router: axum::Router) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let connections = Arc::<AtomicUsize>::default();
        let counting = Counting(listener, Arc::clone(&connections));
        tokio::spawn(axum::serve(counting, router).into_future());
        Self { url, connections }
    }

    /// How many connections were made so far.
    pub(crate) fn connections(&self) -> usize {
        self.connections.load(Ordering::Relaxed)
    }
}

struct Counting(TcpListener, Arc<AtomicUsize>);

impl axum::serve::Listener for Counting {
    type Io = TcpStream;
    type Addr = SocketAddr;

    async fn accept(&mut self) -> (TcpStream, SocketAddr) {
        let accepted = axum::serve::Listener::accept(&mut self.0).await;
        self.1.fetch_add(1, Ordering::Relaxed);
        accepted
    }

    fn local_addr(&self) -> std::io::Result<SocketAddr> {
        self.0.local_addr()
    }
}

/// A call as it reached a store: a put if it has a value, or else a get.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Call {
    pub(crate) key: Bytes,
    pub(crate) value: Option<Bytes>,
    pub(crate) options: Options,
}

/// Notes each call, and then makes it on the store inside.
#[derive(Clone)]
pub(crate) struct Noted<S> {
    inside: S,
    calls: Arc<Mutex<Vec<Call>>>,
}

impl<S> Noted<S> {
    pub(crate) fn new(inside: S) -> Self {
        Self { inside, calls: Arc::default() }
    }

    fn note(&self, key: &[u8], value: Option<Bytes>, options: &Options) {
        let call = Call { key: Bytes::copy_from_slice(key), value, options: options.clone() };
        self.calls.lock().unwrap().push(call);
    }

    /// The calls since this was last called.
    pub(crate) fn calls(&self) -> Vec<Call> {
        std::mem::take(&mut self.calls.lock().unwrap())
    }
}

#[async_trait]
impl<S: ValueStore> ValueStore for Noted<S> {
    async fn put(&self, key: &[u8], value: Bytes, options: &Options) -> Result<(), Error> {
        self.note(key, Some(value.clone()), options);
        self.inside.put(key, value, options).await
    }

    async fn get(&self, key: &[u8], options: &Options) -> Result<GetValueResult, Error> {
        self.note(key, None, options);
        self.inside.get(key, options).await
    }
}

/// A store that answers a call when its timeout has passed, or never if it has none.
pub(crate) struct Silent {
    /// Told when a call has come.
    pub(crate) begun: tokio::sync::mpsc::UnboundedSender<()>,
    /// Told when a call is dropped.
    pub(crate) dropped: tokio::sync::mpsc::UnboundedSender<()>,
}

impl Silent {
    async fn wait<T>(&self, options: &Options) -> Result<T, Error> {
        let _told = TellsOnDrop(self.dropped.clone());
        // The test may not want to know.
        let _ = self.begun.send(());
        match options.timeout() {
            Some(timeout) => tokio::time::sleep(timeout).await,
            None => std::future::pending().await,
        }
        Err(Error::Timeout)
    }
}

#[async_trait]
impl ValueStore for Silent {
    async fn put(&self, _: &[u8], _: Bytes, options: &Options) -> Result<(), Error> {
        self.wait(options).await
    }

    async fn get(&self, _: &[u8], options: &Options) -> Result<GetValueResult, Error> {
        self.wait(options).await
    }
}

struct TellsOnDrop(tokio::sync::mpsc::UnboundedSender<()>);

impl Drop for TellsOnDrop {
    fn drop(&mut self) {
        // The test may be over.
        let _ = self.0.send(());
    }
}
