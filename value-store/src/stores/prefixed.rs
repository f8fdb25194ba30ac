use async_trait::async_trait;
use bytes::Bytes;

use crate::{Error, GetValueResult, Options, ValueStore};

/// A part of another store: the keys there that begin with a prefix. So several stores can share one.
///
/// The key in the store inside is the prefix followed by the key, byte by byte: nothing comes between the two, and
/// nothing is normalised. So end each prefix with something that tells it from all others, such as a slash. The
/// prefixes `a` and `ab` overlap: the key `b` behind `a` is the empty key behind `ab`. Values and options reach the
/// store inside as they are.
///
/// It may claim what the store inside may claim. The prefix counts towards the longest key that store takes: an
/// [`Error::InvalidKey`] is about the key with its prefix, and says so.
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
    /// The part of `inside` whose keys begin with `prefix`. A prefix may be any bytes, and may be empty.
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
