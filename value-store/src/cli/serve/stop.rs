//! Who may want the server to stop.

use std::future::pending;
use std::io::{self, Read as _};
use std::thread;

use tokio::sync::oneshot;

/// Signals, and the end of the standard input.
pub(super) struct Wishes {
    signals: Signals,
    /// `None` if the end of the standard input says nothing.
    input: Option<oneshot::Receiver<()>>,
}

impl Wishes {
    /// From now on, signals no longer end the process by themselves.
    pub(super) fn listen() -> io::Result<Self> {
        let input = if has_a_partner()? { Some(end_of_input()?) } else { None };
        Ok(Self { signals: Signals::listen()?, input })
    }

    /// What wants the server to stop, once something does.
    pub(super) async fn first(&mut self) -> &'static str {
        let input = async {
            match self.input.take() {
                Some(end) => drop(end.await),
                None => pending().await,
            }
        };
        tokio::select! {
            signal = self.signals.next() => signal,
            () = input => "the end of its standard input",
        }
    }

    pub(super) async fn signal(&mut self) -> &'static str {
        self.signals.next().await
    }
}

/// Ends when the standard input does. A thread of its own reads it, as nothing can interrupt such a read.
fn end_of_input() -> io::Result<oneshot::Receiver<()>> {
    let (ended, end) = oneshot::channel::<()>();
    thread::Builder::new().name("stdin".into()).spawn(move || {
        let _ended = ended;
        let mut stdin = io::stdin().lock();
        let mut buffer = [0; 1024];
        while !matches!(stdin.read(&mut buffer), Ok(0) | Err(_)) {}
    })?;
    Ok(end)
}

/// Whether the standard input comes from a program, which may end. (Node.js gives its children sockets as pipes.) A
/// terminal, a file and `/dev/null` are no such thing: a service of systemd or a job in the background has one of these.
#[cfg(unix)]
fn has_a_partner() -> io::Result<bool> {
    use std::fs::File;
    use std::os::fd::AsFd as _;
    use std::os::unix::fs::FileTypeExt as _;

    // A process may have no standard input at all.
    let Ok(input) = io::stdin().as_fd().try_clone_to_owned() else { return Ok(false) };
    let kind = File::from(input).metadata()?.file_type();
    Ok(kind.is_fifo() || kind.is_socket())
}

#[cfg(not(unix))]
fn has_a_partner() -> io::Result<bool> {
    use std::io::IsTerminal as _;

    Ok(!io::stdin().is_terminal())
}

#[cfg(unix)]
struct Signals {
    terminate: tokio::signal::unix::Signal,
    interrupt: tokio::signal::unix::Signal,
}

#[cfg(unix)]
impl Signals {
    fn listen() -> io::Result<Self> {
        use tokio::signal::unix::{SignalKind, signal};

        Ok(Self { terminate: signal(SignalKind::terminate())?, interrupt: signal(SignalKind::interrupt())? })
    }

    async fn next(&mut self) -> &'static str {
        tokio::select! {
            _ = self.terminate.recv() => "SIGTERM",
            _ = self.interrupt.recv() => "SIGINT",
        }
    }
}

#[cfg(not(unix))]
struct Signals;

#[cfg(not(unix))]
impl Signals {
    #[expect(clippy::unnecessary_wraps, reason = "as on Unix, where it can fail")]
    fn listen() -> io::Result<Self> {
        Ok(Self)
    }

    async fn next(&mut self) -> &'static str {
        if tokio::signal::ctrl_c().await.is_err() {
            pending::<()>().await;
        }
        "Ctrl+C"
    }
}
