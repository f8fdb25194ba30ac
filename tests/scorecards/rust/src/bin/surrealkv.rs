//! surrealkv with `Durability::Immediate`: "Forces fsync() on commit. Guarantees durability but significantly slower."

use std::path::Path;
use std::process::ExitCode;
use std::sync::LazyLock;

use scorecard_rust::{Engine, engine};
use surrealkv::{Durability, Tree, TreeBuilder};
use tokio::runtime::Runtime;
use value_store::Error;

fn main() -> ExitCode {
    scorecard_rust::serve(engine::<SurrealKv>)
}

struct SurrealKv(Tree);

/// Apart from that of the calls: surrealkv waits for the disk on the threads of its runtime.
static RUNTIME: LazyLock<Runtime> = LazyLock::new(|| Runtime::new().expect("a runtime"));

impl Engine for SurrealKv {
    fn open(directory: &Path) -> Result<Self, Error> {
        let _inside = RUNTIME.enter();
        TreeBuilder::new().with_path(directory.to_owned()).build().map(Self).map_err(Error::backend)
    }

    fn write(&self, key: &[u8], value: &[u8]) -> Result<(), Error> {
        let mut transaction = self.0.begin().map_err(Error::backend)?;
        transaction.set_durability(Durability::Immediate);
        transaction.set(key, value).map_err(error)?;
        RUNTIME.block_on(transaction.commit()).map_err(Error::backend)
    }

    fn read(&self, key: &[u8]) -> Result<Option<Vec<u8>>, Error> {
        let transaction = self.0.begin().map_err(Error::backend)?;
        let found = transaction.get(key).map_err(error)?;
        Ok(found.map(|value| value.to_vec()))
    }
}

/// "A SurrealKV database cannot hold a row whose key is empty."
fn error(error: surrealkv::Error) -> Error {
    match error {
        surrealkv::Error::EmptyKey => Error::InvalidKey(error.to_string()),
        error => Error::backend(error),
    }
}

impl Drop for SurrealKv {
    /// Closes the tree, from a thread of no runtime: it blocks, and the store may be dropped on any thread.
    fn drop(&mut self) {
        let close = || RUNTIME.block_on(self.0.close());
        // The process is ending, with nobody left to tell.
        let _ = std::thread::scope(|scope| scope.spawn(close).join());
    }
}
