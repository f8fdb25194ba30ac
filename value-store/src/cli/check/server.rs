//! A server that a command starts, with the directory of a world.

use std::collections::HashSet;
use std::ffi::OsStr;
use std::io::Read;
use std::path::Path;
use std::process::{Child, Command, ExitStatus, Stdio};
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, LazyLock, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};
use std::{env, io, thread};

use tokio::sync::watch;
use value_store::stores::DelegatedStore;
use value_store::{Bytes, Error, GetValueResult, Options, ValueStore, async_trait};

use crate::misuse::Misuse;

/// The variable with the directory of the world.
const DIRECTORY: &str = "VALUE_STORE_DIR";

/// How long a server may take to end when its standard input has ended. Then it is killed.
const PATIENCE: Duration = Duration::from_secs(10);

/// How long a server whose standard output has ended is waited for, to tell how it ended itself.
const AFTER_THE_OUTPUT: Duration = Duration::from_secs(2);

const WHAT_A_SERVER_DOES: &str = "once it accepts connections, a server prints its URL on a line of its own, such as \
                                  http://127.0.0.1:3000, and flushes its output; see `value-store check --help`";

/// How long a server that has printed a URL is watched for more of them, once.
const MORE_URLS: Duration = Duration::from_millis(500);

/// A command that starts servers.
pub(super) struct Servers {
    command: String,
    /// How many URLs a server prints.
    nodes: usize,
}

impl Servers {
    /// Starts a server and ends it again, so that a command that cannot work is one error, and not the failure of each case.
    pub(super) fn tried(command: &str, deadline: Option<Duration>) -> Result<Self, Misuse> {
        let servers = |nodes| Self { command: command.to_owned(), nodes };
        // A process that is started to be killed need not try it again.
        if env::var_os("VALUE_STORE_VICTIM").is_some() {
            return Ok(servers(1));
        }
        let misuse = |error: io::Error| Misuse::new(error).help(WHAT_A_SERVER_DOES);
        let directory = tempfile::tempdir().map_err(misuse)?;
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().map_err(misuse)?;
        let patience = deadline.unwrap_or(Duration::from_secs(30));
        let mut server = Server::spawn(command, directory.path()).map_err(misuse)?;
        let tried = runtime.block_on(async {
            let started = tokio::time::timeout(patience, server.urls(1)).await;
            started.unwrap_or_else(|_| {
                Err(server.no_url(&format!("ran for {patience:?}, and printed no line that is a URL")))
            })?;
            tokio::time::sleep(MORE_URLS).await;
            Ok(())
        });
        tried.map_err(|error| {
            server.kill();
            misuse(error)
        })?;
        let nodes = server.printed.borrow().urls.len();
        if server.end().is_none() {
            let what = format!("{command:?} ran on for {PATIENCE:?} after its standard input had ended");
            return Err(misuse(io::Error::other(what)));
        }
        Ok(servers(nodes))
    }

    /// Starts a server, and waits for its URLs.
    pub(super) async fn start(&self, directory: &Path) -> io::Result<Server> {
        let mut server = Server::spawn(&self.command, directory)?;
        server.urls(self.nodes).await?;
        Ok(server)
    }
}

/// What a server has printed so far.
#[derive(Debug, Default)]
struct Printed {
    urls: Vec<String>,
    /// The last line that is no URL.
    other: Option<String>,
}

/// A running server. When this is dropped, its standard input ends, and so does it.
pub(super) struct Server {
    command: String,
    process: Mutex<Child>,
    printed: watch::Receiver<Printed>,
    complaints: Complaints,
    handles: AtomicUsize,
}

impl Server {
    fn spawn(command: &str, directory: &Path) -> io::Result<Self> {
        let mut process = shell(command);
        process.env(DIRECTORY, directory).stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
        lead_a_group(&mut process);
        let mut process = process.spawn()?;
        running().insert(process.id());
        let (urls, printed) = watch::channel(Printed::default());
        let complaints = Complaints::default();
        if let (Some(output), Some(errors)) = (process.stdout.take(), process.stderr.take()) {
            thread::spawn(move || read_urls(output, &urls));
            let complaints = complaints.clone();
            thread::spawn(move || complaints.read(errors));
        }
        let (command, process) = (command.to_owned(), Mutex::new(process));
        Ok(Self { command, process, printed, complaints, handles: AtomicUsize::new(0) })
    }

    /// The URL for another handle. The nodes have their turns.
    pub(super) fn next_url(&self) -> String {
        let handle = self.handles.fetch_add(1, Ordering::Relaxed);
        let printed = self.printed.borrow();
        printed.urls[handle % printed.urls.len()].clone()
    }

    /// Waits until it has printed as many URLs.
    async fn urls(&mut self, nodes: usize) -> io::Result<()> {
        // The channel closes when the output has ended.
        if self.printed.wait_for(|printed| printed.urls.len() >= nodes).await.is_ok() {
            return Ok(());
        }
        let end = Instant::now() + AFTER_THE_OUTPUT;
        while Instant::now() < end && !(self.has_ended().is_some() && self.complaints.are_whole()) {
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
        Err(match self.has_ended() {
            Some(status) => self.no_url(&format!("ended before it had printed a URL ({status})")),
            None => self.no_url("closed its standard output before it had printed a URL"),
        })
    }

    /// The error about a server that did this instead of printing a URL.
    fn no_url(&self, did: &str) -> io::Error {
        let printed = self.printed.borrow();
        let other = printed.other.as_ref().map_or(String::new(), |line| format!("; its last line is {line:?}"));
        let (command, complaints) = (&self.command, &self.complaints);
        io::Error::other(format!("{command:?} {did}{other}{complaints}"))
    }

    /// How the server has ended by itself, if it has.
    fn has_ended(&self) -> Option<ExitStatus> {
        self.process().try_wait().ok().flatten()
    }

    /// Ends the standard input of the server, and waits until it has ended. If that takes too long, kills it.
    fn end(&mut self) -> Option<ExitStatus> {
        let process = self.process.get_mut().unwrap_or_else(PoisonError::into_inner);
        drop(process.stdin.take());
        let begun = Instant::now();
        while begun.elapsed() < PATIENCE {
            match process.try_wait() {
                Ok(None) => thread::sleep(Duration::from_millis(2)),
                Ok(Some(status)) => {
                    // Itself it has ended, and maybe not all that it has started.
                    kill(process.id());
                    return Some(status);
                }
                Err(_) => break,
            }
        }
        self.kill();
        None
    }

    fn kill(&mut self) {
        let process = self.process.get_mut().unwrap_or_else(PoisonError::into_inner);
        kill(process.id());
        let _ = process.kill();
        let _ = process.wait();
    }

    fn process(&self) -> MutexGuard<'_, Child> {
        self.process.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        self.end();
        let process = self.process.get_mut().unwrap_or_else(PoisonError::into_inner);
        running().remove(&process.id());
    }
}

/// The servers that nobody has ended yet. A store that hangs keeps its server, and a check ends all the same.
fn running() -> MutexGuard<'static, HashSet<u32>> {
    static RUNNING: LazyLock<Mutex<HashSet<u32>>> = LazyLock::new(Mutex::default);
    RUNNING.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Kills the servers that still run, when a check has ended.
pub(super) fn kill_all() {
    running().iter().copied().for_each(kill);
}

/// Has a signal that ends a check kill the servers first. They lead groups of their own, so a terminal sends them none.
#[cfg(unix)]
pub(super) fn kill_all_on_signals() -> io::Result<()> {
    use tokio::signal::unix::{SignalKind, signal};

    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    let (mut interrupt, mut terminate, mut hangup) = {
        let _inside = runtime.enter();
        (signal(SignalKind::interrupt())?, signal(SignalKind::terminate())?, signal(SignalKind::hangup())?)
    };
    thread::spawn(move || {
        let number = runtime.block_on(async {
            tokio::select! {
                _ = interrupt.recv() => SignalKind::interrupt(),
                _ = terminate.recv() => SignalKind::terminate(),
                _ = hangup.recv() => SignalKind::hangup(),
            }
        });
        kill_all();
        // As a shell tells of a process that a signal has ended.
        std::process::exit(128 + number.as_raw_value());
    });
    Ok(())
}

#[cfg(not(unix))]
pub(super) fn kill_all_on_signals() -> io::Result<()> {
    Ok(())
}

/// Reads lines, keeps those that are URLs, and ends with the output. A server whose output nobody reads would block.
fn read_urls(mut output: impl Read, printed: &watch::Sender<Printed>) {
    let (mut line, mut read) = (Vec::new(), [0; 4096]);
    while let Ok(count @ 1..) = output.read(&mut read) {
        let mut lines = Vec::new();
        for byte in &read[..count] {
            match byte {
                b'\n' => lines.push(text(&std::mem::take(&mut line))),
                byte => line.push(*byte),
            }
        }
        let (urls, others): (Vec<_>, Vec<_>) = lines.into_iter().partition(|line| is_url(line));
        // Those that came in one write are seen at once.
        printed.send_modify(|printed| {
            printed.urls.extend(urls);
            printed.other = others.into_iter().last().or(printed.other.take());
        });
    }
    // What ends without a line end is no line, and may well be the URL that is missed.
    if !line.is_empty() {
        printed.send_modify(|printed| printed.other = Some(text(&line)));
    }
}

fn text(line: &[u8]) -> String {
    String::from_utf8_lossy(line).trim().to_owned()
}

fn is_url(line: &str) -> bool {
    line.starts_with("http://") || line.starts_with("https://")
}

/// The end of what a server has written to its standard error.
#[derive(Clone, Default)]
struct Complaints {
    end: Arc<Mutex<Vec<u8>>>,
    are_whole: Arc<AtomicBool>,
}

impl Complaints {
    const LONGEST: usize = 2_000;

    fn read(&self, mut errors: impl Read) {
        let mut read = [0; 4096];
        while let Ok(count @ 1..) = errors.read(&mut read) {
            let mut end = self.end.lock().unwrap_or_else(PoisonError::into_inner);
            end.extend_from_slice(&read[..count]);
            let too_many = end.len().saturating_sub(Self::LONGEST);
            end.drain(..too_many);
        }
        self.are_whole.store(true, Ordering::Release);
    }

    /// Whether all has been read that will ever come.
    fn are_whole(&self) -> bool {
        self.are_whole.load(Ordering::Acquire)
    }
}

impl std::fmt::Display for Complaints {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let end = self.end.lock().unwrap_or_else(PoisonError::into_inner);
        match String::from_utf8_lossy(&end).trim() {
            "" => formatter.write_str("; it wrote nothing to its standard error"),
            text => write!(formatter, "; it wrote:\n{text}"),
        }
    }
}

#[cfg(unix)]
fn shell(command: &str) -> Command {
    let mut shell = Command::new("sh");
    shell.args([OsStr::new("-c"), command.as_ref()]);
    shell
}

#[cfg(not(unix))]
fn shell(command: &str) -> Command {
    let mut shell = Command::new("cmd");
    shell.args([OsStr::new("/c"), command.as_ref()]);
    shell
}

/// Has the server lead a group of processes, so that it can be killed with all that it has started. In a process that is killed
/// itself, it belongs to the group of that.
fn lead_a_group(command: &mut Command) {
    #[cfg(unix)]
    if env::var_os("VALUE_STORE_VICTIM").is_none() {
        std::os::unix::process::CommandExt::process_group(command, 0);
    }
    #[cfg(not(unix))]
    let _ = command;
}

/// Kills a server that leads a group, with all that it has started. It may have ended meanwhile. Any other ends with the process
/// that has started it.
fn kill(server: u32) {
    let server = server.to_string();
    #[cfg(unix)]
    let mut kill = Command::new("sh");
    #[cfg(unix)]
    kill.args(["-c", "kill -s KILL -- \"-$0\"", &server]);
    #[cfg(not(unix))]
    let mut kill = Command::new("taskkill");
    #[cfg(not(unix))]
    kill.args(["/t", "/f", "/pid", &server]);
    let _ = kill.stdout(Stdio::null()).stderr(Stdio::null()).status();
}

/// A client whose errors tell when it is the server that has gone.
pub(super) struct Served {
    client: DelegatedStore,
    server: Arc<Server>,
}

impl Served {
    pub(super) fn new(client: DelegatedStore, server: Arc<Server>) -> Self {
        Self { client, server }
    }

    fn explained<T>(&self, result: Result<T, Error>) -> Result<T, Error> {
        let Err(Error::Backend(error)) = result else { return result };
        match self.server.has_ended() {
            Some(status) => Err(Error::backend(format!("the server has ended ({status}){}", self.server.complaints))),
            None => Err(Error::Backend(error)),
        }
    }
}

#[async_trait]
impl ValueStore for Served {
    async fn put(&self, key: &[u8], value: Bytes, options: &Options) -> Result<(), Error> {
        self.explained(self.client.put(key, value, options).await)
    }

    async fn get(&self, key: &[u8], options: &Options) -> Result<GetValueResult, Error> {
        self.explained(self.client.get(key, options).await)
    }
}
