use async_trait::async_trait;
use bytes::Bytes;

use crate::{Error, GetValueResult, Options, ValueStore};

/// A store whose keys all begin with a prefix in another one, so that several can share that.
///
/// The key in the store inside is the prefix and then the key, byte by byte: nothing is added between the two, and nothing
/// normalised. So end a prefix with something that tells it from all others, such as a slash: of the keys behind `a` and
/// those behind `ab`, some are the same. Values and options reach the store inside as they are.
///
/// It claims what the store inside claims. The prefix counts towards that store's limit of keys: what
/// [`Error::InvalidKey`] says is about the key with its prefix, and says so.
///
/// ```
/// use value_store::{Options, ValueStore, stores::{MemoryStore, Prefixed}};
///
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<(), value_store::Error> {
/// let (everything, options) = (MemoryStore::new(), Options::new());
/// let settings = Prefixed::new(everything.clone(), "/settings/");
///
/// settings.put(b"colour", "green".into(), &options).await?;
/// assert_eq!(everything.get(b"/settings/colour", &options).await?.val, "green");
/// assert!(everything.get(b"colour", &options).await.unwrap_err().is_not_found());
/// # Ok(())
/// # }
/// ```
#[derive(Clone, Debug)]
pub struct Prefixed<S> {
    inside: S,
    prefix: Bytes,
}

impl<S: ValueStore> Prefixed<S> {
    /// The part of `inside` whose keys begin with `prefix`, which may be any bytes, and none as well.
    pub fn new(inside: S, prefix: impl Into<Bytes>) -> Self {
        Self { inside, prefix: prefix.into() }
    }

    fn key(&self, key: &[u8]) -> Vec<u8> {
        [&self.prefix, key].concat()
    }

    fn explained(&self, error: Error) -> Error {
        match error {
            Error::InvalidKey(reason) => {
                Error::InvalidKey(format!("with its prefix of {} bytes: {reason}", self.prefix.len()))
            }
            error => error,
        }
    }
}

#[async_trait]
impl<S: ValueStore> ValueStore for Prefixed<S> {
    async fn put(&self, key: &[u8], value: Bytes, options: &Options) -> Result<(), Error> {
        let put = self.inside.put(&self.key(key), value, options).await;
        put.map_err(|error| self.explained(error))
    }

    async fn get(&self, key: &[u8], options: &Options) -> Result<GetValueResult, Error> {
        let found = self.inside.get(&self.key(key), options).await;
        found.map_err(|error| self.explained(error))
    }
}
