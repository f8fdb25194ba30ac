//! `value-store serve` as others meet it: over HTTP, by its signals, its standard streams and its exit status.

#![cfg(unix)]

mod server;

use std::fs::{self, Permissions};
use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::TcpStream;
use std::os::unix::fs::PermissionsExt as _;
use std::os::unix::process::ExitStatusExt as _;
use std::path::{Path, PathBuf};
use std::process::{Command, ExitStatus, Stdio};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Instant;

use value_store::stores::{DelegatedStore, RedbStore};
use value_store::{Error, Options, ValueStore as _};

use self::server::{Server, value_store};

const TOKEN: &str = "abcdefghijklmnop0123456789";

/// A put of `value` to `key`, with more headers.
fn put_request(headers: &str) -> String {
    let body = "--b\r\nContent-Disposition: form-data; name=\"file\"\r\n\r\nvalue\r\n--b--\r\n";
    format!(
        "POST /api/v0/routing/put?arg=key HTTP/1.1\r\nHost: here\r\nContent-Type: multipart/form-data; boundary=b\r\n\
         Content-Length: {}\r\n{headers}\r\n{body}",
        body.len()
    )
}

impl Server {
    fn connect(&self) -> TcpStream {
        TcpStream::connect(self.url.strip_prefix("http://").unwrap()).unwrap()
    }

    /// Sends this, and returns what the server sends until it closes the connection.
    fn exchange(&self, request: &str) -> String {
        let mut connection = self.connect();
        connection.write_all(request.as_bytes()).unwrap();
        rest(&mut connection)
    }

    /// A put of which everything has been sent but the last bytes. It has been admitted.
    fn begin_put(&self) -> (TcpStream, String) {
        let mut connection = self.connect();
        let mut request = put_request("Connection: close\r\nExpect: 100-continue\r\n");
        let last = request.split_off(request.len() - 10);
        connection.write_all(request.as_bytes()).unwrap();
        let mut answer = [0; "HTTP/1.1 100 Continue\r\n\r\n".len()];
        connection.read_exact(&mut answer).unwrap();
        assert_eq!(&answer, b"HTTP/1.1 100 Continue\r\n\r\n");
        (connection, last)
    }

    fn signal(&self, signal: &str) {
        let sent = Command::new("kill").args([signal, &self.process.id().to_string()]).status().unwrap();
        assert!(sent.success());
    }

    /// Reads the log until a line that says this.
    fn wait_for_line(&mut self, says: &str) -> String {
        let log = BufReader::with_capacity(1, self.process.stderr.as_mut().unwrap());
        log.lines()
            .map(Result::unwrap)
            .find(|line| line.contains(says))
            .unwrap_or_else(|| panic!("no line says {says}"))
    }

    /// Waits for the end, and returns the status and the rest of the log.
    fn end(mut self) -> (ExitStatus, String) {
        let mut log = String::new();
        self.process.stderr.take().unwrap().read_to_string(&mut log).unwrap();
        (self.process.wait().unwrap(), log)
    }
}

fn rest(connection: &mut TcpStream) -> String {
    let mut answer = String::new();
    connection.read_to_string(&mut answer).unwrap();
    answer
}

fn store(server: &Server) -> DelegatedStore {
    DelegatedStore::new(&server.url).unwrap()
}

async fn put(store: &DelegatedStore, key: &str, value: &str) -> Result<(), Error> {
    store.put(key.as_bytes(), value.to_owned().into(), &Options::new()).await
}

async fn get(store: &DelegatedStore, key: &str) -> Result<String, Error> {
    let found = store.get(key.as_bytes(), &Options::new()).await?;
    Ok(String::from_utf8(found.val.into()).unwrap())
}

/// A file with this content and this mode, as long as the directory lives.
fn file_of(directory: &Path, content: &str, mode: u32) -> String {
    let file = directory.join("token");
    fs::write(&file, content).unwrap();
    fs::set_permissions(&file, Permissions::from_mode(mode)).unwrap();
    file.into_os_string().into_string().unwrap()
}

fn is_one_line_of_kubos(answer: &str, status: &str, says: &str) -> bool {
    answer.starts_with(&format!("HTTP/1.1 {status}\r\n"))
        && answer.contains("\"Message\":\"")
        && answer.contains("\"Type\":\"error\"")
        && answer.contains(says)
}

#[tokio::test]
async fn what_is_put_can_be_got() {
    let server = Server::start(&[]);
    let store = store(&server);
    put(&store, "key", "value").await.unwrap();
    assert_eq!(get(&store, "key").await.unwrap(), "value");
    assert!(get(&store, "absent").await.unwrap_err().is_not_found());
}

#[tokio::test]
async fn only_the_token_opens() {
    let directory = tempfile::tempdir().unwrap();
    let server = Server::start(&["--token", &file_of(directory.path(), &format!("{TOKEN}\n"), 0o600)]);
    let with = |token| DelegatedStore::builder(&server.url).token(token).build().unwrap();
    put(&with(TOKEN), "key", "value").await.unwrap();

    for headers in ["", "Authorization: Bearer abc\r\n", "Authorization: Basic YTpi\r\n"] {
        let answer = server.exchange(&put_request(headers));
        assert!(is_one_line_of_kubos(&answer, "401 Unauthorized", "token"), "{answer}");
        assert!(answer.to_lowercase().contains("www-authenticate: bearer\r\n"), "{answer}");
    }
    for store in [store(&server), with("abc")] {
        assert!(put(&store, "key", "changed").await.unwrap_err().is_backend());
        assert!(get(&store, "key").await.unwrap_err().is_backend());
    }
    assert_eq!(get(&with(TOKEN), "key").await.unwrap(), "value");
}

#[test]
fn a_token_that_is_none_is_refused() {
    let directory = tempfile::tempdir().unwrap();
    for (content, says) in [(" \n", "it is empty"), ("abc def", "character 4"), ("secr\u{e9}t", "character 5")] {
        check_refused(&["--token", &file_of(directory.path(), content, 0o600)], says);
    }
    check_refused(&["--token", "no/such/file"], "cannot be read");
}

#[test]
fn a_token_that_others_can_read_is_warned_of() {
    let directory = tempfile::tempdir().unwrap();
    let server = Server::start(&["--token", &file_of(directory.path(), TOKEN, 0o644)]);
    server.signal("-TERM");
    assert!(server.end().1.contains("warning: every user of this machine can read the token"));
    let server = Server::start(&["--token", &file_of(directory.path(), TOKEN, 0o640)]);
    server.signal("-TERM");
    assert!(!server.end().1.contains("warning"));
}

/// Exits with the status 2, says this, and does not say what is in a token file.
fn check_refused(arguments: &[&str], says: &str) {
    let output = value_store().arg("serve").args(arguments).stdin(Stdio::null()).output().unwrap();
    let error = String::from_utf8(output.stderr).unwrap();
    assert_eq!(output.status.code(), Some(2), "{error}");
    assert!(error.contains(says) && !error.contains("secr"), "{error}");
    assert_eq!(output.stdout, b"");
}

#[test]
fn beyond_loopback_a_token_is_needed() {
    for address in ["0.0.0.0:0", "[::]:0"] {
        check_refused(&["--listen", address], "--token FILE");
    }
    let directory = tempfile::tempdir().unwrap();
    let token = file_of(directory.path(), TOKEN, 0o600);
    let mut command = value_store();
    command.args(["serve", "--listen", "0.0.0.0:0", "--token", &token]).stdin(Stdio::piped());
    assert!(Server::from_command(&mut command).url.starts_with("http://0.0.0.0:"));
}

#[test]
fn what_cannot_be_served_is_refused() {
    check_refused(&["--store", "sqlite:values"], "redb:values.redb");
    check_refused(&["--store", "redb:no/such/directory/values", "--listen", "127.0.0.1:0"], "no/such/directory/values");
    check_refused(&["--listen", "5001"], "HOST:PORT");
    let server = Server::start(&[]);
    check_refused(&["--listen", server.url.strip_prefix("http://").unwrap()], "choose another port");
}

#[test]
fn web_pages_are_refused_unless_they_have_the_token() {
    let server = Server::start(&[]);
    for origin in ["http://evil.example", "null", &server.url] {
        let answer = server.exchange(&put_request(&format!("Origin: {origin}\r\n")));
        assert!(is_one_line_of_kubos(&answer, "403 Forbidden", "web page"), "{answer}");
    }
    let directory = tempfile::tempdir().unwrap();
    let server = Server::start(&["--token", &file_of(directory.path(), TOKEN, 0o600)]);
    let headers = format!("Origin: http://good.example\r\nAuthorization: Bearer {TOKEN}\r\nConnection: close\r\n");
    let answer = server.exchange(&put_request(&headers));
    assert!(answer.starts_with("HTTP/1.1 200 OK\r\n"), "{answer}");
}

#[test]
fn a_call_too_many_is_refused_until_another_ends() {
    let server = Server::start(&["--max-calls", "1"]);
    let (mut first, last) = server.begin_put();
    let answer = server.exchange(&put_request(""));
    assert!(is_one_line_of_kubos(&answer, "503 Service Unavailable", "--max-calls"), "{answer}");
    assert!(answer.to_lowercase().contains("retry-after: 1\r\n"), "{answer}");

    first.write_all(last.as_bytes()).unwrap();
    assert!(rest(&mut first).starts_with("HTTP/1.1 200 OK\r\n"));
    assert!(server.exchange(&put_request("Connection: close\r\n")).starts_with("HTTP/1.1 200 OK\r\n"));
}

#[test]
fn a_request_that_comes_too_slowly_is_refused() {
    let server = Server::start(&["--max-calls", "1", "--max-arrival", "100ms"]);
    let (mut slow, _) = server.begin_put();
    let answer = rest(&mut slow);
    assert!(is_one_line_of_kubos(&answer, "408 Request Timeout", "--max-arrival"), "{answer}");
    assert!(server.exchange(&put_request("Connection: close\r\n")).starts_with("HTTP/1.1 200 OK\r\n"));
}

#[tokio::test]
async fn a_value_that_is_too_long_is_refused() {
    let server = Server::start(&["--max-value-len", "10"]);
    let store = store(&server);
    put(&store, "key", "0123456789").await.unwrap();
    assert!(put(&store, "key", "0123456789a").await.unwrap_err().is_invalid_value());
}

#[tokio::test]
async fn neither_token_nor_key_nor_value_is_in_the_log() {
    let directory = tempfile::tempdir().unwrap();
    let token = file_of(directory.path(), TOKEN, 0o600);
    let mut command = value_store();
    command.args(["serve", "--listen", "127.0.0.1:0", "--max-value-len", "20", "--token", &token]);
    let server = Server::from_command(command.env("RUST_LOG", "trace").stdin(Stdio::piped()));
    let store = DelegatedStore::builder(&server.url).token(TOKEN).build().unwrap();
    put(&store, "confidential-key", "confidential-value").await.unwrap();
    assert!(put(&store, "confidential-key", "confidential-value, too long").await.is_err());
    server.exchange("POST /confidential-path HTTP/1.1\r\nAuthorization: Bearer confidential\r\n\r\n");
    drop(store);
    server.signal("-TERM");
    let (_, log) = server.end();
    assert!(log.contains("serving") && log.contains("status=401") && log.contains("status=400"), "{log}");
    assert!(log.contains("stopped") && !log.contains("confidential") && !log.contains(TOKEN), "{log}");
}

#[test]
fn a_signal_ends_it_cleanly() {
    for (signal, name) in [("-TERM", "SIGTERM"), ("-INT", "SIGINT")] {
        let server = Server::start(&[]);
        server.signal(signal);
        let (status, log) = server.end();
        assert_eq!(status.code(), Some(0), "{log}");
        assert!(log.contains(&format!("because of {name}")), "{log}");
    }
}

#[test]
fn a_second_signal_ends_it_at_once() {
    let mut server = Server::start(&[]);
    let _under_way = server.begin_put();
    server.signal("-TERM");
    server.wait_for_line("stopping");
    server.signal("-INT");
    let (status, log) = server.end();
    assert_eq!(status.code(), Some(1), "{log}");
    assert!(log.contains("second signal, SIGINT"), "{log}");
}

#[tokio::test]
async fn a_call_under_way_is_carried_out_before_the_end() {
    let directory = tempfile::tempdir().unwrap();
    let file = directory.path().join("values.redb");
    let mut server = Server::start(&["--store", &format!("redb:{}", file.display())]);
    let idle = store(&server);
    put(&idle, "earlier", "value").await.unwrap();
    let (mut connection, last) = server.begin_put();
    server.signal("-TERM");
    server.wait_for_line("stopping");
    connection.write_all(last.as_bytes()).unwrap();
    assert!(rest(&mut connection).starts_with("HTTP/1.1 200 OK\r\n"));
    let (status, log) = server.end();
    assert_eq!(status.code(), Some(0), "{log}");
    assert!(log.contains("cut_off=0"), "{log}");

    let store = RedbStore::open(file).await.unwrap();
    for key in ["key", "earlier"] {
        assert_eq!(store.get(key.as_bytes(), &Options::new()).await.unwrap().val, "value", "{key}");
    }
}

#[test]
fn a_pipe_that_ends_ends_it() {
    let mut server = Server::start(&[]);
    let mut input = server.process.stdin.take().unwrap();
    input.write_all(b"what comes is not read\n").unwrap();
    drop(input);
    let (status, log) = server.end();
    assert_eq!(status.code(), Some(0), "{log}");
    assert!(log.contains("because of the end of its standard input"), "{log}");
}

#[test]
fn an_input_that_is_no_pipe_does_not_end_it() {
    let empty = tempfile::tempfile().unwrap();
    for input in [Stdio::null(), empty.into()] {
        let server = Server::from_command(value_store().args(["serve", "--listen", "127.0.0.1:0"]).stdin(input));
        assert!(server.exchange(&put_request("Connection: close\r\n")).starts_with("HTTP/1.1 200 OK\r\n"));
        server.signal("-TERM");
        let (_, log) = server.end();
        assert!(log.contains("because of SIGTERM"), "{log}");
    }
}

/// How many puts are acknowledged before the server is stopped. The clients put on until it is gone.
const PUTS_BEFORE_THE_END: usize = 10_000;

const CLIENTS: usize = 64;

/// Puts until the server is gone, and returns how many puts to `<client>-0`, `<client>-1` … were acknowledged.
async fn put_on(client: usize, url: String, acknowledged: Arc<AtomicUsize>, end: impl Fn()) -> usize {
    let store = DelegatedStore::new(&url).unwrap();
    for number in 0.. {
        let key = format!("{client}-{number}");
        if put(&store, &key, &value_of(&key)).await.is_err() {
            return number;
        }
        if acknowledged.fetch_add(1, Ordering::Relaxed) + 1 == PUTS_BEFORE_THE_END {
            end();
        }
    }
    unreachable!("the server ends before the numbers do")
}

fn value_of(key: &str) -> String {
    format!("the value of {key}, ").repeat(10)
}

/// Stops a server amid the puts of many clients. All that was acknowledged is in its file afterwards.
async fn check_nothing_is_lost(signal: &'static str) -> ExitStatus {
    let directory = tempfile::tempdir().unwrap();
    let file = directory.path().join("values.redb");
    let server = Server::start(&["--store", &format!("redb:{}", file.display())]);
    let (begun, acknowledged, process) = (Instant::now(), Arc::default(), server.process.id().to_string());
    let clients: Vec<_> = (0..CLIENTS)
        .map(|client| {
            let process = process.clone();
            let end = move || assert!(Command::new("kill").args([signal, &process]).status().unwrap().success());
            tokio::spawn(put_on(client, server.url.clone(), Arc::clone(&acknowledged), end))
        })
        .collect();
    let mut counts = Vec::new();
    for client in clients {
        counts.push(client.await.unwrap());
    }
    let (status, _) = server.end();
    let time = begun.elapsed();
    check_holds(file, &counts).await;
    println!(
        "{signal}: {} puts of {CLIENTS} clients were acknowledged within {time:.1?}",
        counts.iter().sum::<usize>()
    );
    status
}

async fn check_holds(file: PathBuf, counts: &[usize]) {
    assert!(counts.iter().sum::<usize>() >= PUTS_BEFORE_THE_END, "{counts:?}");
    let store = RedbStore::open(file).await.unwrap();
    for (client, count) in counts.iter().enumerate() {
        for number in 0..*count {
            let key = format!("{client}-{number}");
            let found = store.get(key.as_bytes(), &Options::new()).await;
            assert_eq!(found.unwrap_or_else(|error| panic!("{key}: {error:?}")).val, value_of(&key), "{key}");
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn nothing_acknowledged_is_lost_when_it_is_stopped_amid_puts() {
    assert_eq!(check_nothing_is_lost("-TERM").await.code(), Some(0));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn nothing_acknowledged_is_lost_when_it_is_killed_amid_puts() {
    assert_eq!(check_nothing_is_lost("-KILL").await.signal(), Some(9));
}
