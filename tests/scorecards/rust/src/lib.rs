//! What a released Rust store needs to be judged by `value-store check --start`. Each file in `src/bin` is one store.

mod engine;

use std::error::Error as StdError;
use std::io;
use std::path::Path;
use std::process::ExitCode;

use tokio::net::TcpListener;
use tokio::runtime::Runtime;
use value_store::stores::delegated::router;
use value_store::{Error, PeerId, ValueStore};

pub use engine::{Engine, engine};

/// Opens a store in the directory that `VALUE_STORE_DIR` names, serves it on a free port of this machine until the standard input
/// ends, and closes it.
pub fn serve<S: ValueStore + 'static>(open: impl FnOnce(&Path) -> Result<S, Error>) -> ExitCode {
    let Some(directory) = std::env::var_os("VALUE_STORE_DIR") else {
        eprintln!(
            "VALUE_STORE_DIR is not set: `value-store check` sets it to the directory for the files of the store"
        );
        return ExitCode::FAILURE;
    };
    match run(|| open(directory.as_ref())) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("{}: {}", directory.display(), with_sources(&error));
            ExitCode::FAILURE
        }
    }
}

fn run<S: ValueStore + 'static>(open: impl FnOnce() -> Result<S, Error>) -> Result<(), Error> {
    let runtime = Runtime::new().map_err(Error::backend)?;
    let store = {
        let _inside = runtime.enter();
        open()?
    };
    runtime.block_on(listen(store)).map_err(Error::backend)
    // The end of the runtime waits for what the store still does.
}

async fn listen(store: impl ValueStore + 'static) -> io::Result<()> {
    let listener = TcpListener::bind("127.0.0.1:0").await?;
    println!("http://{}", listener.local_addr()?);
    axum::serve(listener, router(store)).with_graceful_shutdown(end_of_input()).await
}

async fn end_of_input() {
    // An input that fails ends as well.
    let _ = tokio::io::copy(&mut tokio::io::stdin(), &mut tokio::io::sink()).await;
}

fn with_sources(error: &dyn StdError) -> String {
    let source = error.source().map(|source| format!(": {}", with_sources(source)));
    format!("{error}{}", source.unwrap_or_default())
}

/// The peer of all of these stores, in each process.
pub fn peer_id() -> PeerId {
    "12D3KooWCxyZ8eLJg4QFcg7ufEgqyPxKAzSdhNuuMyeZ3XKNxhw5".parse().expect("it is a peer's")
}
