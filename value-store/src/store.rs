use std::sync::Arc;

use async_trait::async_trait;
use bytes::Bytes;
use libp2p_identity::PeerId;

use crate::{Error, Options};

/// A key/value store over a DHT, a delegate, a file or anything else: `put` and `get`, and the contract below.
///
/// The trait is implemented for `&S`, `Box<S>` and `Arc<S>`, unsized included, so that a program can pick its store at
/// run time and swap it.
///
/// ```
/// use std::sync::Arc;
/// use value_store::{Error, Options, ValueStore, stores::MemoryStore};
///
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<(), Error> {
/// let store: Arc<dyn ValueStore> = Arc::new(MemoryStore::new());
/// let options = Options::new();
///
/// store.put(b"greeting", "hello".into(), &options).await?;
/// assert_eq!(store.get(b"greeting", &options).await?.val, "hello");
/// assert!(store.get(b"Greeting", &options).await.unwrap_err().is_not_found());
/// # Ok(())
/// # }
/// ```
///
/// To implement it, write the two functions under [`async_trait`](macro@crate::async_trait):
///
/// ```
/// use value_store::{Bytes, Error, GetValueResult, Options, PeerId, ValueStore, async_trait};
///
/// /// A store in which nothing was ever put, and which takes nothing.
/// struct Nothing;
///
/// #[async_trait]
/// impl ValueStore for Nothing {
///     async fn put(&self, _key: &[u8], _value: Bytes, _options: &Options) -> Result<(), Error> {
///         Err(Error::InvalidValue("this store takes no values".into()))
///     }
///
///     async fn get(&self, _key: &[u8], _options: &Options) -> Result<GetValueResult, Error> {
///         Err(Error::NotFound)
///     }
/// }
/// ```
///
/// # Contract
///
/// What every store promises. The conformance suite (feature `conformance`) names these rules in its cases.
///
/// ## Values and keys
///
/// - **PUT-1** When `put` has returned `Ok`, each `get` that begins later on the same handle returns that value, until
///   another put to the key.
/// - **PUT-2** A put to a key that has a value replaces all of it, whether the new value is shorter, longer, empty or the
///   same.
/// - **KEY-1** A key is a string of bytes, and two keys are the same only if every byte is. Nothing is folded, trimmed,
///   decoded, normalised or taken for a path; the empty key is a key.
/// - **VAL-1** A value comes back byte for byte, whatever its bytes and whatever its length within the limits of the
///   store. The empty value is a value: it is not the absence of one.
/// - **GET-1** A `get` of a key that was never put ends, and ends with [`Error::NotFound`].
/// - **GET-2** A `get` changes nothing: neither what the key holds nor what other keys hold, and a miss does not hide a
///   later put.
/// - **FROM-1** [`GetValueResult::from`] names a peer that had the value: the store's own, or a member of its network.
///   Where several have it, it may be a different one from call to call.
/// - **LIM-1** A store may have limits. A key or a value that exceeds one is refused with [`Error::InvalidKey`] or
///   [`Error::InvalidValue`], and what was stored before stays. A `get` of a key that is too long may also say
///   [`Error::NotFound`].
///
/// ## Time
///
/// - **TIME-1** A call whose [`timeout`](Options::timeout) passes returns [`Error::Timeout`]: never before the timeout has
///   passed, and soon after it has. A call without a timeout is subject to the store's own default, if it has one.
/// - **TIME-2** Every [`Duration`](std::time::Duration) is a timeout. Zero means an answer or a `Timeout`, at once; one
///   nanosecond is not the absence of a timeout; the longest duration does not overflow. A generous timeout changes
///   nothing.
/// - **TIME-3** A timeout concerns its own call: no later one, and none that runs beside it.
/// - **TIME-4** After a put that timed out or failed, the key has its old value or the new one, whole, and the store works
///   on. The put may still land later, unless the store is `settled`.
///
/// ## Options
///
/// - **OPT-1** Additional options that a store does not know are ignored by `put` and by `get`, whatever their names,
///   values and number. They do not change the outcome, they do not keep known options from working, and later calls do
///   not see them.
///
/// ## Calls that are dropped or run together
///
/// - **DROP-1** The future of a call may be dropped at any await point. The key then has its old value or the new one,
///   whole, and the store works on. A future that was never polled had no effect.
/// - **DROP-2** Dropping the store ends, and does not panic, inside an asynchronous runtime and outside.
/// - **CON-1** Calls may run at the same time, from any task and any thread. Puts to different keys all land; of puts to
///   one key one wins, whole; a get beside a put returns the old value or the new one, whole.
///
/// ## Failures
///
/// - **ERR-1** An outage is never reported as [`Error::NotFound`], and a write that was lost is never reported as `Ok`.
///
/// # What a store may claim beyond that
///
/// A claim is a word in the attribute `#[value_store_tests]`; the suite holds a store to what it claims.
///
/// - **DUR-1** (`durable`) Whatever `put` said `Ok` to is there, byte for byte, after everything was closed and the store
///   opened again in the same place. Replaced values stay replaced, absent keys absent.
/// - **SHR-1** (`shared`) Handles opened on one place or network see each other's puts when these have returned, or within
///   a declared bound. A handle that goes away takes nothing with it that was acknowledged.
/// - **SET-1** (`settled`) When a put has returned an error, or its future was dropped, it has happened or it never will:
///   it does not land later, over a newer one.
/// - **CVG-1** (`convergent`) When concurrent writers to one key have gone quiet, every handle reads the same value, one
///   that was written, whole.
/// - **FLT-1** (`faults`) While the backend stalls, each call with a timeout ends with `Timeout` in time, and a stalled
///   key holds up no other. While it is cut off, calls fail, but not with `NotFound`. When it is back, so is the store,
///   without a restart and with all that was acknowledged.
/// - **LIN-1** (`linearizable`) Every concurrent history is linearizable, key by key; a put that timed out or was dropped
///   counts as one that may happen at any later time, or never.
/// - **REC-1** (`records = …`) The network takes only records that it can validate, and keys and values are made for it. A
///   value that is no valid record of its key, or an older one than the key has, is refused with [`Error::InvalidValue`].
#[async_trait]
pub trait ValueStore: Send + Sync {
    /// Associates `value` with `key`, in place of any value that the key had.
    ///
    /// # Errors
    ///
    /// [`Error::Timeout`] when the timeout passed first, [`Error::InvalidKey`] and [`Error::InvalidValue`] for what the
    /// store cannot take, [`Error::Backend`] for everything else.
    async fn put(&self, key: &[u8], value: Bytes, options: &Options) -> Result<(), Error>;

    /// Fetches the value of `key`.
    ///
    /// # Errors
    ///
    /// [`Error::NotFound`] for a key that has no value, [`Error::Timeout`] when the timeout passed first,
    /// [`Error::InvalidKey`] for a key that the store cannot take, [`Error::Backend`] for everything else.
    async fn get(&self, key: &[u8], options: &Options) -> Result<GetValueResult, Error>;
}

/// What [`ValueStore::get`] found.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct GetValueResult {
    /// A peer that had the value.
    pub from: PeerId,
    /// The value.
    pub val: Bytes,
}

macro_rules! forward_to_the_store_inside {
    ($($pointer:ty),*) => {$(
        #[async_trait]
        impl<S: ValueStore + ?Sized> ValueStore for $pointer {
            async fn put(&self, key: &[u8], value: Bytes, options: &Options) -> Result<(), Error> {
                (**self).put(key, value, options).await
            }

            async fn get(&self, key: &[u8], options: &Options) -> Result<GetValueResult, Error> {
                (**self).get(key, options).await
            }
        }
    )*};
}

forward_to_the_store_inside!(&S, Box<S>, Arc<S>);
