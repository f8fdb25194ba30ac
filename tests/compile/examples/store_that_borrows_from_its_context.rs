use std::path::Path;

use value_store::{Bytes, Context, Error, GetValueResult, Options, ValueStore, async_trait, value_store_tests};

struct Files<'a>(&'a Path);

#[async_trait]
impl ValueStore for Files<'_> {
    async fn put(&self, _: &[u8], _: Bytes, _: &Options) -> Result<(), Error> {
        Err(Error::backend(self.0.display().to_string()))
    }

    async fn get(&self, _: &[u8], _: &Options) -> Result<GetValueResult, Error> {
        Err(Error::NotFound)
    }
}

#[value_store_tests]
fn files(context: &Context) -> Files<'_> {
    Files(context.dir())
}

fn main() {}
