//! The suite on stores with the smallest limits that it takes: it has to stay within them.

use value_store::stores::{MemoryStore, OpenError, RedbStore};
use value_store::{Bytes, Context, Error, GetValueResult, Options, ValueStore, async_trait, value_store_tests};

const LIMIT: usize = 16;

/// A store that refuses longer keys and values.
struct Limited<S>(S);

fn check_key(key: &[u8]) -> Result<(), Error> {
    if key.len() <= LIMIT { Ok(()) } else { Err(Error::InvalidKey(format!("{LIMIT} bytes at most"))) }
}

#[async_trait]
impl<S: ValueStore> ValueStore for Limited<S> {
    async fn put(&self, key: &[u8], value: Bytes, options: &Options) -> Result<(), Error> {
        check_key(key)?;
        if value.len() > LIMIT {
            return Err(Error::InvalidValue(format!("{LIMIT} bytes at most")));
        }
        self.0.put(key, value, options).await
    }

    async fn get(&self, key: &[u8], options: &Options) -> Result<GetValueResult, Error> {
        check_key(key)?;
        self.0.get(key, options).await
    }
}

#[value_store_tests(monotonic, linearizable, settled, max_key_len = 16, max_value_len = 16)]
fn limited_memory() -> Limited<MemoryStore> {
    Limited(MemoryStore::new())
}

#[value_store_tests(durable, settled, max_key_len = 16, max_value_len = 16)]
async fn limited_redb(context: &Context) -> Result<Limited<RedbStore>, OpenError> {
    Ok(Limited(RedbStore::open(context.dir().join("values.redb")).await?))
}
