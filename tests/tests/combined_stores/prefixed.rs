//! `Prefixed`.

use std::convert::Infallible;

use value_store::stores::{MemoryStore, OpenError, Prefixed, RedbStore};
use value_store::{Bytes, Context, Error, GetValueResult, Options, ValueStore, async_trait, value_store_tests};

use crate::members::{Gated, memory, redb};

/// The memory store that the handles of a world share.
async fn shared_memory(context: &Context) -> Result<MemoryStore, Infallible> {
    let store = context.share(async || Ok::<_, Infallible>(memory(context))).await?;
    Ok(MemoryStore::clone(&store))
}

#[value_store_tests(durable, shared, convergent, settled, faults, monotonic, linearizable)]
async fn prefixed(context: &Context) -> Result<Prefixed<Gated<RedbStore>>, OpenError> {
    let inside = context.share(async || redb(context, "values.redb").await).await?;
    Ok(Prefixed::new(Gated::new(RedbStore::clone(&inside), context), "/app/"))
}

/// The prefix counts towards the limit inside, so the limit of the whole is what it leaves: 64 bytes less 4.
#[value_store_tests(shared, convergent, settled, monotonic, linearizable, max_key_len = 60, max_value_len = 1_000)]
async fn prefixed_and_limited(context: &Context) -> Result<Prefixed<Limited>, Infallible> {
    Ok(Prefixed::new(Limited(shared_memory(context).await?), vec![0xff, 0, b'/', b'.']))
}

/// At most 64 bytes in a key, and 1,000 in a value.
struct Limited(MemoryStore);

#[async_trait]
impl ValueStore for Limited {
    async fn put(&self, key: &[u8], value: Bytes, options: &Options) -> Result<(), Error> {
        match (key.len() > 64, value.len() > 1_000) {
            (true, _) => Err(Error::InvalidKey("64 bytes at most".into())),
            (_, true) => Err(Error::InvalidValue("1000 bytes at most".into())),
            _ => self.0.put(key, value, options).await,
        }
    }

    async fn get(&self, key: &[u8], options: &Options) -> Result<GetValueResult, Error> {
        self.0.get(key, options).await
    }
}

/// Two parts of one store, which only their prefixes tell apart.
#[value_store_tests(shared, convergent, settled, monotonic, linearizable)]
async fn beside_other_prefixes(context: &Context) -> Result<Beside, Infallible> {
    let inside = shared_memory(context).await?;
    Ok(Beside { part: Prefixed::new(inside.clone(), "part/"), other: Prefixed::new(inside, "PART/") })
}

/// Puts something else to the same key of another part, before and after each call.
struct Beside {
    part: Prefixed<MemoryStore>,
    other: Prefixed<MemoryStore>,
}

#[async_trait]
impl ValueStore for Beside {
    async fn put(&self, key: &[u8], value: Bytes, options: &Options) -> Result<(), Error> {
        self.other.put(key, "other".into(), options).await?;
        self.part.put(key, value, options).await?;
        self.other.put(key, "other again".into(), options).await
    }

    async fn get(&self, key: &[u8], options: &Options) -> Result<GetValueResult, Error> {
        self.other.put(key, "other".into(), options).await?;
        self.part.get(key, options).await
    }
}

#[tokio::test]
async fn the_key_inside_is_the_prefix_and_the_key() {
    let (inside, options) = (MemoryStore::new(), Options::new());
    let store = Prefixed::new(inside.clone(), "a/../%2F");
    store.put(b"/\xff\0", "value".into(), &options).await.unwrap();
    assert_eq!(inside.get(b"a/../%2F/\xff\0", &options).await.unwrap().val, "value");
}

#[tokio::test]
async fn a_refusal_tells_that_the_prefix_counts() {
    let store = Prefixed::new(Limited(MemoryStore::new()), "prefix/");
    let refused = store.put(&[b'k'; 58], "value".into(), &Options::new()).await.unwrap_err();
    assert_eq!(refused.to_string(), "invalid key: with its prefix of 7 bytes: 64 bytes at most");
}
