//! Makes a store of a function that takes each call as a value, so that an odd store is only what is odd about it.

use std::convert::Infallible;
use std::sync::Arc;

use value_store::calls::within;
use value_store::stores::MemoryStore;
use value_store::{Bytes, Context, Error, GetValueResult, Options, ValueStore, async_trait};

/// One call of a store.
pub(crate) struct Request {
    pub(crate) key: Vec<u8>,
    /// What to put; `None` in a get.
    pub(crate) value: Option<Bytes>,
    pub(crate) options: Options,
}

/// How a call ends. `Some` is for gets that succeed, and only for those.
pub(crate) type Answer = Result<Option<GetValueResult>, Error>;

impl Request {
    /// Makes the call on another store, without its options.
    pub(crate) async fn on(self, store: &(impl ValueStore + ?Sized)) -> Answer {
        let options = Options::new();
        match self.value {
            Some(value) => store.put(&self.key, value, &options).await.map(|()| None),
            None => store.get(&self.key, &options).await.map(Some),
        }
    }
}

pub(crate) struct Served<T, F> {
    state: Arc<T>,
    serve: F,
}

/// A store that serves each call with this function, until the timeout of the call.
pub(crate) fn serve<T, A>(state: T, serve: impl Fn(Arc<T>, Request) -> A + Send + Sync) -> impl ValueStore
where
    T: Send + Sync,
    A: Future<Output = Answer> + Send,
{
    serve_untimed(state, move |state, request| {
        let timeout = request.options.timeout();
        within(timeout, serve(state, request))
    })
}

/// As [`serve`], but the function itself has to keep the timeout.
pub(crate) fn serve_untimed<T, A>(
    state: T,
    serve: impl Fn(Arc<T>, Request) -> A + Send + Sync,
) -> Served<T, impl Fn(Arc<T>, Request) -> A + Send + Sync>
where
    A: Future<Output = Answer> + Send,
{
    Served { state: Arc::new(state), serve }
}

#[async_trait]
impl<T, F, A> ValueStore for Served<T, F>
where
    T: Send + Sync,
    F: Fn(Arc<T>, Request) -> A + Send + Sync,
    A: Future<Output = Answer> + Send,
{
    async fn put(&self, key: &[u8], value: Bytes, options: &Options) -> Result<(), Error> {
        let request = Request { key: key.to_vec(), value: Some(value), options: options.clone() };
        (self.serve)(Arc::clone(&self.state), request).await.map(|_| ())
    }

    async fn get(&self, key: &[u8], options: &Options) -> Result<GetValueResult, Error> {
        let request = Request { key: key.to_vec(), value: None, options: options.clone() };
        let found = (self.serve)(Arc::clone(&self.state), request).await?;
        Ok(found.expect("a get that succeeded has found something"))
    }
}

/// The memory store that all handles of the world share.
pub(crate) async fn shared_memory(context: &Context) -> MemoryStore {
    let Ok(store) = context.share(async || Ok::<_, Infallible>(memory(context))).await;
    MemoryStore::clone(&store)
}

/// A memory store whose peer is a member of the world.
pub(crate) fn memory(context: &Context) -> MemoryStore {
    let store = MemoryStore::new();
    context.member(store.peer_id());
    store
}
