//! The client against servers that are not delegates, or wrong ones.

use tokio::io::AsyncWriteExt as _;

use super::raw_servers::{VALUE, answer, chunked, client_that_is_sent, failed, get_from, ok, put_to, read_request};
use super::*;

/// Both calls fail, and their errors contain this text.
async fn check_backend(answer: String, says: &str) {
    for error in [get_from(&answer).await.unwrap_err(), put_to(&answer).await.unwrap_err()] {
        assert!(error.is_backend() && chain(&error).contains(says), "{answer:?}: {error:?}");
    }
}

async fn check_get_backend(answer: String, says: &str) {
    let error = get_from(&answer).await.unwrap_err();
    assert!(error.is_backend() && chain(&error).contains(says), "{answer:?}: {error:?}");
}

#[tokio::test]
async fn what_kubo_answers_is_understood() {
    assert_eq!(get_from(ok(VALUE)).await.unwrap().val, "value");
    assert_eq!(get_from(chunked(VALUE, "")).await.unwrap().val, "value");
    put_to(ok("{\"ID\":\"\",\"Type\":5,\"Responses\":null,\"Extra\":\"\"}\n")).await.unwrap();
    put_to(chunked("{\"Type\":5}", "")).await.unwrap();
}

#[tokio::test]
async fn events_beside_the_value_are_passed_over() {
    let others = "{\"ID\":\"x\",\"Type\":6,\"Responses\":[{\"ID\":\"y\"}],\"Extra\":\"not base64\"}\n\n{\"Type\":3}";
    assert_eq!(get_from(ok(&format!("{others}{VALUE}{others}"))).await.unwrap().val, "value");
    assert_eq!(get_from(ok(&format!("{VALUE}{}", VALUE.replace("dmF", "AAA")))).await.unwrap().val, "value");
}

#[tokio::test]
async fn a_value_is_from_the_peer_that_is_named_or_the_delegate() {
    let peer_id = PeerId::random();
    let named = VALUE.replace("\"ID\":\"\"", &format!("\"ID\":\"{peer_id}\""));
    assert_eq!(get_from(ok(&named)).await.unwrap().from, peer_id);

    let store = client_that_is_sent(ok(VALUE)).await;
    assert_eq!(soon(store.get(b"key", &Options::new())).await.unwrap().from, store.peer_id());
}

#[tokio::test]
async fn errors_are_known_by_their_exact_message() {
    assert!(get_from(failed("routing: not found")).await.unwrap_err().is_not_found());
    assert!(get_from(failed("context deadline exceeded")).await.unwrap_err().is_timeout());
    assert!(get_from(failed("invalid key")).await.unwrap_err().is_invalid_key());
    assert!(put_to(failed("invalid key: too odd")).await.unwrap_err().is_invalid_key());
    assert!(put_to(failed("invalid value: too plain")).await.unwrap_err().is_invalid_value());
    for message in ["dial failed: routing: not found", "routing: not found; dial failed", "invalid keys", "Invalid key"]
    {
        check_backend(failed(message), message).await;
    }
    check_backend(failed("record is too old"), "500 Internal Server Error: record is too old").await;
}

#[tokio::test]
async fn an_error_after_the_answer_has_begun_is_the_outcome() {
    let missing = "X-Stream-Error: routing: not found\r\n";
    assert!(get_from(chunked("", missing)).await.unwrap_err().is_not_found());
    assert!(get_from(chunked("{\"Type\":0}", missing)).await.unwrap_err().is_not_found());
    check_backend(chunked(VALUE, "x-stream-error: the disk is full\r\n"), "the disk is full").await;
}

#[tokio::test]
async fn what_is_no_answer_of_a_delegate_is_an_error_with_status_and_first_line() {
    check_backend(answer("502 Bad Gateway", "\r\n<html>\r\n<body>Oh no"), "502 Bad Gateway").await;
    check_backend(answer("502 Bad Gateway", "\r\n<html>\r\n<body>Oh no"), "begins with \"<html>\"").await;
    check_backend(answer("404 Not Found", "404 page not found\n"), "404 Not Found").await;
    check_backend(answer("404 Not Found", "404 page not found\n"), "\"404 page not found\"").await;
    check_backend(answer("405 Method Not Allowed", ""), "405").await;
    check_backend(answer("500 Internal Server Error", "{\"message\":\"routing: not found\"}"), "500").await;
    check_backend(ok("<html>welcome</html>"), "200 OK").await;
    check_backend(ok(&format!("\x1b[31m{}", "x".repeat(5_000))), "begins with \"\\u{1b}[31mxxx").await;
    check_backend("HTTP/1.1 204 No Content\r\n\r\n".into(), "204").await;
    // Only the status 200 has a value.
    check_backend(answer("201 Created", VALUE), "201").await;
    check_backend(answer("206 Partial Content", VALUE), "206").await;
}

#[tokio::test]
async fn an_answer_without_a_value_is_an_error() {
    let bodies = [
        "",
        "\n",
        "{\"Type\":4}",
        "[]",
        "null",
        "5",
        "\"text\"",
        "{}",
        "{\"Type\":\"5\"}",
        "{\"Type\":5.0}",
        "{\"Type\":null}",
    ];
    let wrong =
        ["{\"Type\":5,\"ID\":5}", "{\"Type\":5,\"Extra\":5}", "{\"Type\":5,\"Extra\":[]}", "{\"Type\":5,\"Type\":5}"];
    let cut =
        ["{\"Type\":5", "{\"Type\":5}x", "{\"Type\":5}\n{", "\u{feff}{\"Type\":5}", "{\"Type\":99999999999999999999}"];
    for body in bodies.into_iter().chain(wrong).chain(cut) {
        check_backend(ok(body), "200 OK").await;
    }
    check_backend(ok(&"[".repeat(2_000)), "200 OK").await;
    check_backend(ok(&"{\"Responses\":".repeat(1_000)), "200 OK").await;
}

#[tokio::test]
async fn a_value_that_cannot_be_decoded_is_an_error() {
    for extra in [
        "",
        ",\"Extra\":null",
        ",\"Extra\":\"dmFsdWU\"",
        ",\"Extra\":\"dmF sdWU=\"",
        ",\"Extra\":\"_-==\"",
        ",\"Extra\":\"dmFsdWV=\"",
    ] {
        check_get_backend(ok(&format!("{{\"Type\":5{extra}}}")), "200 OK").await;
    }
    check_get_backend(ok(&VALUE.replace("\"ID\":\"\"", "\"ID\":\"nobody\"")), "200 OK").await;
}

/// Reading base58 takes time by the square of its length, and no timeout interrupts it.
#[tokio::test]
async fn a_peer_id_that_is_too_long_is_not_read() {
    let named = VALUE.replace("\"ID\":\"\"", &format!("\"ID\":\"{}\"", "z".repeat(60_000)));
    check_get_backend(ok(&named), "60000 characters").await;
}

/// A length is only a claim of the sender's. This much memory would not be there.
#[tokio::test]
async fn no_memory_is_taken_for_a_length_that_is_only_said() {
    for length in [1_u64 << 60, u64::MAX - 2] {
        let head = format!("HTTP/1.1 200 OK\r\nContent-Length: {length}\r\n\r\n{VALUE}").leak();
        let (listener, url) = listen().await;
        tokio::spawn(async move {
            let (mut connection, _) = listener.accept().await.unwrap();
            read_request(&mut connection).await;
            connection.write_all(head.as_bytes()).await.unwrap();
        });
        let store = DelegatedStore::builder(&url).max_value_len(usize::MAX).build().unwrap();
        assert!(get(&store, b"key").await.unwrap_err().is_backend());
    }
}

#[tokio::test]
async fn an_answer_that_breaks_off_is_an_error() {
    let whole = ok(VALUE);
    let longer = whole.replace("Content-Length: ", "Content-Length: 1");
    check_backend(longer, "begins with \"{\\\"ID\\\":\\\"\\\",\\\"Type\\\":5").await;
    for length in (0..whole.len()).step_by(7) {
        check_backend(whole[..length].to_owned(), "the delegate").await;
    }
    check_backend(whole.replace("Content-Length: 5", "Content-Length: 4"), "200 OK").await;
    let chunked = chunked(VALUE, "");
    check_backend(chunked[..chunked.len() - "0\r\n\r\n".len()].to_owned(), "200 OK").await;
    check_backend(chunked.replace("\r\n0\r\n", "\r\nx\r\n"), "200 OK").await;
}

#[tokio::test]
async fn what_is_no_http_is_an_error() {
    let heads = [
        "SSH-2.0-OpenSSH\r\n",
        "\r\n\r\n",
        "\0\0\0",
        "HTTP/1.1 99999 OK\r\n\r\n",
        "HTTP/1.1 200 OK\r\nContent-Length: x\r\n\r\n",
    ];
    let lengths = "HTTP/1.1 200 OK\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\nxx";
    let codings = "HTTP/1.1 200 OK\r\nTransfer-Encoding: gzip\r\n\r\nxx";
    for answer in heads.into_iter().chain([lengths, codings]) {
        check_backend(answer.to_owned(), "the delegate").await;
    }
}

#[tokio::test]
async fn redirections_are_not_followed() {
    let (elsewhere, url) = listen().await;
    for status in ["301 Moved", "302 Found", "303 See Other", "307 Temporary Redirect", "308 Permanent Redirect"] {
        let answer = format!("HTTP/1.1 {status}\r\nLocation: {url}\r\nContent-Length: 0\r\n\r\n");
        check_backend(answer, &status[..3]).await;
    }
    let nobody = tokio::time::timeout(Duration::ZERO, elsewhere.accept()).await;
    assert!(nobody.is_err());
}

#[tokio::test]
async fn a_delegate_that_is_not_there_is_an_error() {
    let (listener, url) = listen().await;
    drop(listener);
    let store = DelegatedStore::new(&url).unwrap();
    for error in [get(&store, b"key").await.unwrap_err(), put(&store, b"key", "value").await.unwrap_err()] {
        assert!(error.is_backend());
        // Keys are not for logs.
        assert!(!format!("{error:?}").contains("arg=key"), "{error:?}");
    }
}

/// The environment belongs to the process, so another process runs one of these tests in it.
#[test]
fn no_proxy_is_taken_from_the_environment() {
    let test = "stores::delegated::tests::wrong_servers::what_kubo_answers_is_understood";
    let mut command = std::process::Command::new(std::env::current_exe().unwrap());
    // Nobody listens there.
    let variables = ["http_proxy", "HTTP_PROXY", "all_proxy", "ALL_PROXY"].map(|name| (name, "http://127.0.0.1:1"));
    command.args(["--exact", test]).envs(variables).env_remove("no_proxy").env_remove("NO_PROXY");
    let output = String::from_utf8(command.output().unwrap().stdout).unwrap();
    assert!(output.contains("1 passed"), "{output}");
}

#[tokio::test]
async fn user_and_password_of_the_url_are_sent() {
    let (listener, url) = listen().await;
    let request = tokio::spawn(async move { read_request(&mut listener.accept().await.unwrap().0).await });
    let store = DelegatedStore::new(&url.replace("http://", "http://user:word@")).unwrap();
    assert!(get(&store, b"key").await.unwrap_err().is_backend());
    assert!(soon(request).await.unwrap().contains("authorization: Basic dXNlcjp3b3Jk\r\n"));
}

#[tokio::test]
async fn the_token_is_sent_with_each_call() {
    let (listener, url) = listen().await;
    let requests = tokio::spawn(async move {
        let mut requests = Vec::new();
        for _ in 0..2 {
            let (mut connection, _) = listener.accept().await.unwrap();
            requests.push(read_request(&mut connection).await);
        }
        requests
    });
    let store = DelegatedStore::builder(&url).token("abc.123").build().unwrap();
    assert!(get(&store, b"key").await.unwrap_err().is_backend());
    assert!(put(&store, b"key", "value").await.unwrap_err().is_backend());
    for request in soon(requests).await.unwrap() {
        assert!(request.contains("authorization: Bearer abc.123\r\n"), "{request}");
    }
}

#[tokio::test]
async fn a_delegate_that_denies_a_call_is_quoted_with_what_to_do() {
    let message = "{\"Message\":\"routing: not found\",\"Code\":1,\"Type\":\"error\"}";
    for status in ["401 Unauthorized", "403 Forbidden"] {
        check_backend(answer(status, message), &format!("{status}, \"routing: not found\"")).await;
        check_backend(answer(status, "Kubo RPC Access Denied"), "\"Kubo RPC Access Denied\"").await;
        check_backend(answer(status, ""), "`Builder::token`").await;
    }
}
