//! A wrapper that makes a store validate: it takes only valid records, and keeps the newest for each key.

use std::cmp::Ordering;

use tokio::sync::Mutex;
use value_store::calls::within;
use value_store::{Bytes, Error, GetValueResult, Options, ValueStore, async_trait};

/// What a network says of its records.
#[derive(Clone, Copy)]
pub(crate) struct Validator {
    pub(crate) check_key: fn(&[u8]) -> Result<(), String>,
    /// Fails with the reason if a value is no record of this key.
    pub(crate) check_value: fn(&[u8], &[u8]) -> Result<(), String>,
    /// Compares two valid records. The newer one is the greater.
    pub(crate) compare: fn(&[u8], &[u8]) -> Ordering,
}

pub(crate) struct Validating<S> {
    inside: S,
    validator: Validator,
    /// Held while a put looks at the current record and replaces it, so that no other put comes between.
    replacing: Mutex<()>,
}

impl<S: ValueStore> Validating<S> {
    pub(crate) fn new(inside: S, validator: Validator) -> Self {
        Self { inside, validator, replacing: Mutex::default() }
    }

    async fn replace(&self, key: &[u8], value: Bytes, options: &Options) -> Result<(), Error> {
        let _replacing = self.replacing.lock().await;
        match self.inside.get(key, options).await {
            Ok(found) if (self.validator.compare)(&found.val, &value).is_gt() => {
                Err(Error::InvalidValue("the key has a newer record".into()))
            }
            Ok(_) | Err(Error::NotFound) => self.inside.put(key, value, options).await,
            Err(error) => Err(error),
        }
    }
}

#[async_trait]
impl<S: ValueStore> ValueStore for Validating<S> {
    async fn put(&self, key: &[u8], value: Bytes, options: &Options) -> Result<(), Error> {
        (self.validator.check_key)(key).map_err(Error::InvalidKey)?;
        (self.validator.check_value)(key, &value).map_err(Error::InvalidValue)?;
        within(options.timeout(), self.replace(key, value, options)).await
    }

    async fn get(&self, key: &[u8], options: &Options) -> Result<GetValueResult, Error> {
        (self.validator.check_key)(key).map_err(Error::InvalidKey)?;
        self.inside.get(key, options).await
    }
}
