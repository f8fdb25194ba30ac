//! `value-store put` and `value-store get` as people use them.

mod server;

use std::ffi::OsStr;
use std::fs;
use std::io::{Read as _, Write as _};
use std::net::TcpListener;
use std::process::{Command, Output, Stdio};
use std::thread;

use value_store::PeerId;

use self::server::{Server, value_store};

/// All bytes, and a line end last.
fn value() -> Vec<u8> {
    (0..=u8::MAX).rev().chain(*b"\r\n").collect()
}

/// Runs a command to its end, with this as its standard input.
fn run(command: &mut Command, input: &[u8]) -> Output {
    let piped = command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut process = piped.spawn().unwrap();
    // It may end without having read it.
    let _ = process.stdin.take().unwrap().write_all(input);
    process.wait_with_output().unwrap()
}

fn put<A: AsRef<OsStr>>(url: &str, arguments: impl IntoIterator<Item = A>, input: &[u8]) -> Output {
    run(value_store().arg("put").arg(url).args(arguments), input)
}

fn get<A: AsRef<OsStr>>(url: &str, arguments: impl IntoIterator<Item = A>) -> Output {
    run(value_store().arg("get").arg(url).args(arguments), b"")
}

/// It is done, and nothing but this is on its standard output.
fn check_done(output: &Output, stdout: &[u8]) {
    assert_eq!((output.status.code(), &output.stdout[..]), (Some(0), stdout), "{}", text(&output.stderr));
}

/// It exits with this status, and the first line says this. Nothing is on its standard output.
fn check_failed(output: &Output, status: i32, says: &str) {
    let error = text(&output.stderr);
    assert_eq!((output.status.code(), &output.stdout[..]), (Some(status), &b""[..]), "{error}");
    assert!(error.starts_with("error: ") && error.contains(says), "{error}");
    // What the store says takes one line, and misuse another one with help.
    assert!(status == 2 || error.lines().count() == 1, "{error}");
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8(bytes.to_vec()).unwrap()
}

/// A URL where nobody listens.
fn nobodys_url() -> String {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    format!("http://{}", listener.local_addr().unwrap())
}

#[test]
fn a_value_comes_from_a_file_or_standard_input_and_goes_to_standard_output() {
    let server = Server::start(&[]);
    let directory = tempfile::tempdir().unwrap();
    let file = directory.path().join("value");
    fs::write(&file, value()).unwrap();

    check_done(&put(&server.url, [OsStr::new("file"), file.as_os_str()], b"not this"), b"");
    check_done(&put(&server.url, ["dash", "-"], &value()), b"");
    check_done(&put(&server.url, ["nothing"], &value()), b"");
    check_done(&put(&server.url, ["empty"], b""), b"");
    for key in ["file", "dash", "nothing"] {
        let output = get(&server.url, [key]);
        check_done(&output, &value());
        assert_eq!(text(&output.stderr), "");
    }
    check_done(&get(&server.url, ["empty"]), b"");
}

#[test]
fn the_peer_that_had_a_value_is_told_on_standard_error() {
    let server = Server::start(&[]);
    check_done(&put(&server.url, ["key"], b"value"), b"");
    let output = get(&server.url, ["key", "--from"]);
    check_done(&output, b"value");
    let error = text(&output.stderr);
    error.strip_prefix("from ").unwrap().trim_end().parse::<PeerId>().unwrap();
}

#[test]
fn keys_are_bytes() {
    let server = Server::start(&[]);
    check_done(&put(&server.url, ["--hex", "00fF"], b"1"), b"");
    check_done(&put(&server.url, ["00ff"], b"2"), b"");
    check_done(&put(&server.url, ["--hex", ""], b"3"), b"");
    check_done(&get(&server.url, ["--hex", "00FF"]), b"1");
    check_done(&get(&server.url, ["00ff"]), b"2");
    check_done(&get(&server.url, [""]), b"3");
}

#[cfg(unix)]
#[test]
fn a_key_on_the_command_line_need_not_be_text() {
    use std::os::unix::ffi::OsStrExt as _;

    let server = Server::start(&[]);
    check_done(&put(&server.url, [OsStr::from_bytes(b"\xff/")], b"value"), b"");
    check_done(&get(&server.url, ["--hex", "ff2f"]), b"value");
}

#[test]
fn a_value_may_be_longer_than_the_client_takes_elsewhere() {
    let server = Server::start(&["--max-value-len", "10000000"]);
    let value = vec![b'x'; 5_000_000];
    check_done(&put(&server.url, ["key"], &value), b"");
    check_done(&get(&server.url, ["key"]), &value);
}

#[test]
fn the_timeout_and_the_options_are_sent() {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    let request = thread::spawn(move || {
        let (mut connection, _) = listener.accept().unwrap();
        let mut head = [0; 1_000];
        let length = connection.read(&mut head).unwrap();
        text(&head[..length])
    });
    let arguments = ["key", "--timeout", "5s", "--option", "quorum=3", "--option", "name=some text"];
    check_failed(&get(&url, arguments), 1, "Backend: ");
    let request = request.join().unwrap();
    assert!(request.contains("?arg=key&timeout=5s&name=some%20text&quorum=3 "), "{request}");
}

#[test]
fn what_the_store_says_is_told_in_one_line() {
    let server = Server::start(&["--max-value-len", "10"]);
    check_failed(&get(&server.url, ["absent"]), 1, "error: NotFound: the key has no value");
    check_failed(&put(&server.url, ["key"], b"0123456789a"), 1, "error: InvalidValue: 11 bytes");
    check_failed(&get(&server.url, [&"k".repeat(100_000)]), 1, "error: NotFound: ");
}

#[test]
fn a_call_that_takes_too_long_is_told() {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    check_failed(
        &get(&url, ["key", "--timeout", "50ms"]),
        1,
        "error: Timeout: the call ended without an answer after ",
    );
}

#[test]
fn a_delegate_that_is_not_there_is_told() {
    check_failed(&get(&nobodys_url(), ["key"]), 1, "error: Backend: nobody listens at http://127.0.0.1:");
    let with_password = nobodys_url().replace("http://", "http://user:secret@");
    let output = put(&with_password, ["key"], b"value");
    check_failed(&output, 1, "nobody listens");
    assert!(!text(&output.stderr).contains("secret"));
}

#[test]
fn the_token_is_read_from_its_file() {
    let directory = tempfile::tempdir().unwrap();
    let (right, wrong) = (directory.path().join("right"), directory.path().join("wrong"));
    fs::write(&right, "abc123\n").unwrap();
    fs::write(&wrong, "abc124\n").unwrap();
    let (right, wrong) = (right.to_str().unwrap(), wrong.to_str().unwrap());
    let server = Server::start(&["--token", right]);

    check_done(&put(&server.url, ["key", "--token", right], b"value"), b"");
    check_done(&get(&server.url, ["key", "--token", right]), b"value");
    check_failed(&get(&server.url, ["key"]), 1, "--token FILE");
    let output = get(&server.url, ["key", "--token", wrong]);
    assert_eq!(output.status.code(), Some(1));
    let error = text(&output.stderr);
    assert!(error.contains("asks for another token") && !error.contains("abc12"), "{error}");
}

#[test]
fn misuse_is_told_with_what_to_do() {
    let url = nobodys_url();
    check_failed(&get("127.0.0.1:5001", ["key"]), 2, "is not the URL of a delegate");
    assert!(text(&get("127.0.0.1:5001", ["key"]).stderr).contains("help: write the scheme too: http://127.0.0.1:5001"));
    check_failed(&get("ftp://host", ["key"]), 2, "has to be `http`");
    check_failed(&put(&url, ["key", "no/such/file"], b""), 2, "the value cannot be read from no/such/file");
    check_failed(&get(&url, ["--hex", "abc"]), 2, "hexadecimal digits");
    check_failed(&get(&url, ["--hex", "xy"]), 2, "hexadecimal digits");
    check_failed(&get(&url, ["key", "--option", "quorum"]), 2, "NAME=VALUE");
    check_failed(&get(&url, ["key", "--timeout", "5"]), 2, "time unit needed");
    check_failed(&get(&url, ["key", "--token", "no/such/file"]), 2, "the token file no/such/file cannot be read");
}
