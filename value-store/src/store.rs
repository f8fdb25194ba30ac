use std::sync::Arc;

use async_trait::async_trait;
use bytes::Bytes;
use libp2p_identity::PeerId;

use crate::{Error, Options};

/// A key/value store over a DHT, a delegate, a file or anything else: `put`, `get`, and the contract below.
///
/// `&S`, `Box<S>` and `Arc<S>` are stores too, for `dyn ValueStore` as well: so a program can pick its store at run
/// time, and swap it.
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
/// To implement the trait, write both functions under [`async_trait`](macro@crate::async_trait):
///
/// ```
/// use value_store::{Bytes, Error, GetValueResult, Options, PeerId, ValueStore, async_trait};
///
/// /// A store that is empty, and takes no values.
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
/// Every store keeps these rules. The conformance suite (feature `conformance`) names them in its cases.
///
/// ## Values and keys
///
/// - **PUT-1** After a `put` has returned `Ok`, every `get` that begins later on the same handle returns the value that
///   was put, until another put to the key.
/// - **PUT-2** A put to a key that has a value replaces all of it, whether the new value is shorter, longer, empty or
///   the same.
/// - **KEY-1** A key is a string of bytes, and two keys are the same only if all their bytes are. Nothing is folded,
///   trimmed, decoded, normalised or taken for a path. The empty key is a key.
/// - **VAL-1** A value comes back byte for byte, whatever its bytes, and whatever its length within the limits of the
///   store. The empty value is a value, and not the absence of one.
/// - **GET-1** A `get` of a key that was never put does not hang: it returns [`Error::NotFound`].
/// - **GET-2** A `get` changes nothing: not the value of its key, and not that of any other. A miss does not hide a
///   later put.
/// - **FROM-1** [`GetValueResult::from`] names a peer that had the value: the store's own, or a member of its network.
///   If several peers have it, the one named may differ from call to call.
/// - **LIM-1** A store may have limits. It refuses a key or a value that exceeds one with [`Error::InvalidKey`] or
///   [`Error::InvalidValue`], and keeps what was stored before. A `get` of a key that is too long may also return
///   [`Error::NotFound`].
///
/// ## Time
///
/// - **TIME-1** A call whose [`timeout`](Options::timeout) passes returns [`Error::Timeout`]: never before the timeout
///   has passed, and soon after it has. A call without a timeout is subject to the store's own default, if it has one.
/// - **TIME-2** Every [`Duration`](std::time::Duration) is a timeout. Zero means an answer or a `Timeout`, at once. One
///   nanosecond is not the absence of a timeout. The longest duration does not overflow. A generous timeout changes
///   nothing.
/// - **TIME-3** A timeout affects its own call alone: no later call, and none that runs at the same time.
/// - **TIME-4** After a put that timed out or failed, the key has its old value or the new one, whole, and the store
///   still works. The put may still land later, unless the store is `settled`.
///
/// ## Options
///
/// - **OPT-1** `put` and `get` ignore additional options that the store does not know, whatever their names, values and
///   number. Such options do not change the outcome, do not keep known options from working, and are not seen by later
///   calls.
///
/// ## Calls that are dropped or run together
///
/// - **DROP-1** The future of a call may be dropped at any await point. The key then has its old value or the new one,
///   whole, and the store still works. A future that was never polled had no effect.
/// - **DROP-2** Dropping the store returns and does not panic, inside an asynchronous runtime and outside.
/// - **CON-1** Calls may run at the same time, from any task and any thread. Puts to different keys all land. Of
///   several puts to one key one wins, whole. A get during a put returns the old value or the new one, whole.
///
/// ## Failures
///
/// - **ERR-1** A store never reports an outage as [`Error::NotFound`], and never returns `Ok` for a write that was
///   lost.
///
/// # What a store may claim beyond that
///
/// A claim is a word in the attribute `#[value_store_tests]`. The suite holds a store to what it claims.
///
/// - **DUR-1** (`durable`) Each value for which `put` returned `Ok` is there, byte for byte, after everything was
///   closed and the store was opened again in the same place. Replaced values stay replaced, absent keys absent.
/// - **DUR-2** (`durable`) The same holds after the process was killed, at whatever moment. A put that was under way is
///   whole or absent, and the store opens again without anybody's help.
/// - **PWR-1** (`power_loss`) The same holds after the power has gone: of what the system was not told to sync, any part
///   may be missing, torn or out of order.
/// - **DSK-1** (`disk_faults`) While the disk is full, or fails a write, a read or a sync, or hangs, a call may fail, with an
///   error other than [`Error::NotFound`]. It returns neither `Ok` for what is not there nor a wrong value, and a call with
///   a timeout ends in time. Nothing that was acknowledged is lost. When the disk is well again, so is the store: at the
///   latest when it is opened again. Then it may turn out that a put that had failed has happened (even if the store is
///   `settled`): what is on the disk decides.
/// - **SHR-1** (`shared`) Handles opened on one place or network see each other's puts once these have returned, or
///   within a declared bound. When a handle goes away, nothing that was acknowledged goes with it.
/// - **SET-1** (`settled`) When a put has returned an error, or its future was dropped, it has happened or it never
///   will. It does not land later, over a newer one.
/// - **CVG-1** (`convergent`) Once the concurrent writers to a key have stopped, every handle reads the same value: one
///   that was written, whole.
/// - **MON-1** (`monotonic`) A handle does not go back. When a `get` through it has returned a value, a `get` through it
///   that begins later returns no older one, and not [`Error::NotFound`]. A value is older than another if its put had
///   returned `Ok` before the put of the other began, and that has returned `Ok` as well. A handle is what one call of the
///   factory returned, with all its clones. A store that is opened again is another handle.
/// - **FLT-1** (`faults`) While the backend stalls, each call with a timeout returns `Timeout` in time, and a stalled
///   key holds up no other. While the backend is cut off, calls fail, but not with `NotFound`. When it is back, so is
///   the store: without a restart, and with everything that was acknowledged.
/// - **LIN-1** (`linearizable`) Every concurrent history is linearizable, key by key. A put that timed out or was
///   dropped counts as one that may happen at any later time, or never.
/// - **REC-1** (`records = …`) The network takes only records that it can validate, and keys and values are made for
///   it. A value that is not a valid record for its key, or is an older record than the key has, is refused with
///   [`Error::InvalidValue`].
#[async_trait]
pub trait ValueStore: Send + Sync {
    /// Associates `value` with `key`, in place of any value that the key had.
    ///
    /// # Errors
    ///
    /// - [`Error::Timeout`]: the timeout passed first.
    /// - [`Error::InvalidKey`], [`Error::InvalidValue`]: the store cannot take this key or this value.
    /// - [`Error::Backend`]: anything else went wrong.
    ///
    /// After a refusal the key has its old value (LIM-1), and after any other error its old value or the new one
    /// (TIME-4).
    async fn put(&self, key: &[u8], value: Bytes, options: &Options) -> Result<(), Error>;

    /// Fetches the value of `key`.
    ///
    /// # Errors
    ///
    /// - [`Error::NotFound`]: the key has no value.
    /// - [`Error::Timeout`]: the timeout passed first.
    /// - [`Error::InvalidKey`]: the store cannot take this key.
    /// - [`Error::Backend`]: anything else went wrong.
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
