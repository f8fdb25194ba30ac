//! `value-store serve`: a delegate over a store of this crate, for real use.
//!
//! `listen.rs` says where, `backend.rs` which store. A connection (`connections.rs`) makes calls, which pass the gate
//! (`gate.rs`) one by one, arrive in time (`arrival.rs`) and end in time (`capped.rs`). `stop.rs` says when to stop.

mod arrival;
mod backend;
mod capped;
mod connections;
mod gate;
mod listen;
mod stop;

use std::io::{self, IsTerminal as _, Write as _};
use std::path::PathBuf;
use std::process::ExitCode;
use std::time::Duration;

use axum::Router;
use axum::middleware::from_fn_with_state;
use clap::builder::RangedU64ValueParser;
use tokio::runtime::Builder;
use tokio::sync::watch;
use tracing::level_filters::LevelFilter;
use tracing::{info, warn};
use tracing_subscriber::EnvFilter;
use value_store::stores::delegated::{DEFAULT_MAX_VALUE_LEN, router_with_max_value_len};

use self::backend::Backend;
use self::capped::Capped;
use self::gate::Gate;
use self::listen::Listener;
use self::stop::Wishes;
use crate::misuse::{Done, Misuse};
use crate::token;

/// Each paragraph is one line, which clap wraps.
const MORE_HELP: &str = "\
Who may call:
  Without --token: every program on this machine, but no web page. Requests with an `Origin` header are refused.
  With --token: whoever sends `Authorization: Bearer TOKEN`. Beyond loopback, a token is required.
  There is no TLS: on a network that others can listen to, put a proxy with TLS in front.

Limits:
  A call beyond --max-calls is answered 503 at once. A request that takes longer than --max-arrival to arrive is \
answered 408. A longer `timeout` of a call is cut to --max-call-time.
  A connection is closed if its first request does not come within 10 s, or its next one within 2 min of \
the last answer. By then, the client has to have read that answer, too.
  Calls may take --max-calls times --max-value-len of memory, a few times over.

The end:
  SIGTERM and SIGINT end it: it takes no more calls, gives those under way 10 s, closes the store, and exits with \
status 0. A second signal ends it at once, with status 1. What was acknowledged is kept even then.
  It also ends when its standard input ends, if that is a pipe or a socket, so that it does not outlive the program \
that started it. A terminal, a file or /dev/null does not end it.

Logs:
  They go to standard error, without values, tokens and keys. RUST_LOG=debug adds the calls that the store refuses.

Examples:
  value-store serve
  value-store serve --store redb:values.redb
  value-store serve --store redb:values.redb --listen 0.0.0.0:5001 --token token.txt
  value-store check --start \\
    'value-store serve --store redb:$VALUE_STORE_DIR/db --listen 127.0.0.1:0'";

/// Serves a store over HTTP, as a delegate.
///
/// It answers Kubo's routing commands, for `value-store put` and `get`, `DelegatedStore`, and other clients of Kubo. It
/// prints its URL on one line once it accepts connections.
#[derive(clap::Args)]
#[command(after_long_help = MORE_HELP)]
pub(crate) struct Arguments {
    /// The store: `memory`, whose values end with the process, or `redb:PATH`, a file that is made if it is missing.
    #[arg(long, value_name = "STORE", default_value = "memory")]
    store: Backend,
    /// Where to listen. The port 0 is a free one.
    #[arg(long, value_name = "HOST:PORT", default_value = "127.0.0.1:5001")]
    listen: String,
    /// Asks each call for the token in this file.
    #[arg(long, value_name = "FILE")]
    token: Option<PathBuf>,
    /// How long a value may be, in bytes.
    #[arg(long, value_name = "BYTES", default_value_t = DEFAULT_MAX_VALUE_LEN)]
    max_value_len: usize,
    /// How many calls may be under way at once.
    #[arg(long, value_name = "NUMBER", default_value = "1024", value_parser = RangedU64ValueParser::<usize>::new().range(1..=1 << 20))]
    max_calls: usize,
    /// How long a request may take to arrive.
    #[arg(long, value_name = "DURATION", default_value = "30s", value_parser = humantime::parse_duration)]
    max_arrival: Duration,
    /// How long a call may take once it has arrived.
    #[arg(long, value_name = "DURATION", default_value = "60s", value_parser = humantime::parse_duration)]
    max_call_time: Duration,
}

pub(crate) fn run(arguments: Arguments) -> Done {
    log_to_stderr();
    let runtime = Builder::new_multi_thread().enable_all().build();
    let runtime =
        runtime.map_err(|error| Misuse::new(format_args!("the server's threads cannot be started: {error}")))?;
    let done = runtime.block_on(serve(arguments));
    // A read of the disk that nobody waits for any more need not end.
    runtime.shutdown_timeout(Duration::from_secs(1));
    done
}

async fn serve(arguments: Arguments) -> Done {
    let mut wishes =
        Wishes::listen().map_err(|error| Misuse::new(format_args!("signals cannot be received: {error}")))?;
    let token = arguments.token.as_deref().map(token::read).transpose()?;
    let asks_for_token = token.is_some();
    let addresses = listen::addresses(&arguments.listen, asks_for_token).await?;
    let router = router(&arguments, token).await?;
    let Listener { listener, address } = listen::bind(&arguments.listen, &addresses).await?;

    let (stop, stopping) = watch::channel(false);
    let ended = tokio::spawn(connections::accept(listener, router, stopping));
    info!(%address, store = %arguments.store, asks_for_token, "serving");
    print_url(&format!("http://{address}"));

    let why = wishes.first().await;
    info!("stopping, because of {why}: the calls under way may end");
    stop.send_replace(true);
    tokio::select! {
        cut_off = ended => info!(cut_off = cut_off.unwrap_or_default(), "stopped, and the store is closed"),
        signal = wishes.signal() => {
            warn!("stopped at once, because of a second signal, {signal}");
            std::process::exit(1);
        }
    }
    Ok(ExitCode::SUCCESS)
}

/// Owns the store: it is closed when the last clone of the router is dropped.
async fn router(arguments: &Arguments, token: Option<String>) -> Result<Router, Misuse> {
    let store = Capped { store: arguments.store.open().await?, most: arguments.max_call_time };
    let gate = Gate::new(token, arguments.max_calls, arguments.max_arrival);
    Ok(router_with_max_value_len(store, arguments.max_value_len).layer(from_fn_with_state(gate, gate::pass)))
}

fn log_to_stderr() {
    let filter = EnvFilter::builder().with_default_directive(LevelFilter::INFO.into()).from_env_lossy();
    let colors = io::stderr().is_terminal();
    tracing_subscriber::fmt()
        .with_env_filter(filter)
        .with_writer(io::stderr)
        .with_ansi(colors)
        .with_target(false)
        .init();
}

/// Whoever started the server may have closed its standard output, and want no URL.
fn print_url(url: &str) {
    let mut stdout = io::stdout().lock();
    if let Err(error) = writeln!(stdout, "{url}").and_then(|()| stdout.flush()) {
        warn!(%error, "the URL could not be printed");
    }
}
