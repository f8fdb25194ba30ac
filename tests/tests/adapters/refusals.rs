//! What an adapter makes of keys and options, of errors, of calls that hang, and of several stores.

use std::error::Error as StdError;
use std::io::{Read as _, Write as _};
use std::net::TcpStream;
use std::time::Duration;
use std::{fs, iter};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use tempfile::TempDir;
use value_store::stores::DelegatedStore;
use value_store::{Error, Options, ValueStore as _};

use crate::install::ADAPTERS;
use crate::server::Server;

/// More than any of these tests takes.
const PATIENCE: Duration = Duration::from_secs(60);

/// A person reads an adapter before running it.
const MAX_LINES_OF_CODE: usize = 145;

#[tokio::test]
#[cfg_attr(not(plain_node), ignore = "needs Node.js 20 or later on the PATH when it is built")]
async fn errors_from_node() {
    check("odd.mjs", "RangeError: odd").await;
}

#[tokio::test]
#[cfg_attr(not(python), ignore = "needs Python 3.9 or later on the PATH when it is built")]
async fn errors_from_python() {
    check("odd.py", "RuntimeError: odd").await;
}

#[tokio::test]
#[cfg_attr(not(go), ignore = "needs Go 1.19 or later on the PATH when it is built")]
async fn errors_from_go() {
    check("odd.go", "odd").await;
}

async fn check(stores: &str, another: &str) {
    let directory = TempDir::new().expect("a directory can be made");
    let mut server = Server::start(stores, directory.path()).expect("it starts");
    let store = DelegatedStore::new(server.url()).expect("it is a URL");
    calls_arrive(&store).await;
    errors_arrive(&store, another).await;
    no_value_is_an_error(&store).await;
    durations_are_read(server.url());
    hanging_is_answered_in_time(server.url());
    each_store_has_its_url(&server).await;
    // Though the call still hangs.
    assert!(server.end().expect("it ends").success());
    for name in ["first", "second"] {
        assert_eq!(fs::read_to_string(directory.path().join(name)).ok().as_deref(), Some("closed"), "{name}");
    }
}

/// A value that is none is an error of its call, and of no other.
async fn no_value_is_an_error(store: &DelegatedStore) {
    let error = store.get(b"no bytes", &Options::new()).await.expect_err("it is no value");
    assert!(error.is_backend(), "{}", chain(&error));
    assert_eq!(store.get(b"name", &Options::new()).await.expect("the server is still there").val, "first");
}

/// As they were made, whatever the protocol does to them on the way.
async fn calls_arrive(store: &DelegatedStore) {
    let options = Options::new().with_timeout(Duration::from_secs(90)).with("count", 3).with("text", "a 1");
    for key in [&b"k"[..], b"/multibase/uAA", b"\xff\0 k", b""] {
        let found = store.get(key, &options).await.expect("the option is there").val;
        assert_eq!(found, [key, b" 4 a 1 90"].concat(), "{key:?}");
    }
}

async fn errors_arrive(store: &DelegatedStore, another: &str) {
    let options = Options::new().with_timeout(PATIENCE);
    let invalid = |reason: &str| reason == "odd";
    for key in ["not found", "timeout", "invalid key", "invalid value", "another error"] {
        let of_get = store.get(key.as_bytes(), &options).await.map(|_| ());
        let of_put = store.put(key.as_bytes(), "value".into(), &options).await;
        for error in [of_get, of_put].map(|outcome| outcome.expect_err(key)) {
            let is_right = match &error {
                Error::NotFound => key == "not found",
                Error::Timeout => key == "timeout",
                Error::InvalidKey(reason) => key == "invalid key" && invalid(reason),
                Error::InvalidValue(reason) => key == "invalid value" && invalid(reason),
                error => error.is_backend() && key == "another error" && chain(error).ends_with(another),
            };
            assert!(is_right, "{key}: {}", chain(&error));
        }
    }
}

fn chain(error: &Error) -> String {
    let errors = iter::successors(Some(error as &dyn StdError), |error| (*error).source());
    errors.map(ToString::to_string).collect::<Vec<_>>().join(": ")
}

/// Each way in which Go writes a duration may come from a client.
fn durations_are_read(url: &str) {
    for timeout in ["90s", "1m30s", "0.025h", "90000ms", "90000000us", "90000000%C2%B5s", "90000000000ns"] {
        let answer = ask(url, &format!("arg=k&count=3&text=a&timeout={timeout}"));
        assert!(answer.contains(&STANDARD.encode("k 4 a 90")), "{timeout}: {answer}");
    }
}

fn hanging_is_answered_in_time(url: &str) {
    let answer = ask(url, "arg=hang&timeout=50ms");
    assert!(answer.contains("context deadline exceeded"), "{answer}");
}

/// The answer to a get without a [`DelegatedStore`], which keeps timeouts itself.
fn ask(url: &str, parameters: &str) -> String {
    let mut stream = TcpStream::connect(url.trim_start_matches("http://")).expect("it accepts connections");
    stream.set_read_timeout(Some(PATIENCE)).expect("it is no zero");
    let request = format!(
        "POST /api/v0/routing/get?{parameters} HTTP/1.1\r\nHost: store\r\nContent-Length: 0\r\nConnection: close\r\n\r\n"
    );
    stream.write_all(request.as_bytes()).expect("it reads");
    let mut answer = String::new();
    stream.read_to_string(&mut answer).expect("it answers");
    answer
}

async fn each_store_has_its_url(server: &Server) {
    let mut names = Vec::new();
    for url in server.urls() {
        let store = DelegatedStore::new(url).expect("it is a URL");
        names.push(store.get(b"name", &Options::new()).await.expect("it has a name").val);
    }
    assert_eq!(names, ["first", "second"]);
}

#[test]
fn an_adapter_is_short() {
    for (name, adapter) in ADAPTERS {
        let is_code = |line: &&str| !line.is_empty() && !line.starts_with("//") && !line.starts_with("/**");
        let count = adapter.lines().map(str::trim).filter(is_code).count();
        assert!(count <= MAX_LINES_OF_CODE, "{name} has {count} lines of code");
    }
}
