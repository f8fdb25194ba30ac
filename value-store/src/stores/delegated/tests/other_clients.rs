//! The router against the requests of other clients, right ones and wrong ones.

use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;

use super::*;

/// A router over notes, to which tests send raw requests.
struct Router {
    notes: Notes,
    address: String,
}

impl Router {
    async fn new() -> Self {
        let notes = Notes::default();
        let url = delegate(router_with_max_value_len(notes.clone(), 1_000)).await;
        Self { notes, address: url.strip_prefix("http://").unwrap().to_owned() }
    }

    /// Sends a request that asks for the connection to be closed, and returns the answer.
    async fn send(&self, request: &[u8]) -> String {
        let mut connection = TcpStream::connect(&self.address).await.unwrap();
        connection.write_all(request).await.unwrap();
        let mut answer = Vec::new();
        soon(connection.read_to_end(&mut answer)).await.unwrap();
        String::from_utf8(answer).unwrap()
    }

    async fn post(&self, path: &str, headers: &str, body: &str) -> String {
        let length = body.len();
        let head = format!(
            "POST {path} HTTP/1.1\r\nHost: here\r\nConnection: close\r\nContent-Length: {length}\r\n{headers}\r\n"
        );
        self.send(&[head.as_bytes(), body.as_bytes()].concat()).await
    }

    async fn put(&self, query: &str, body: &str) -> String {
        self.post(&format!("{PUT_PATH}?{query}"), "Content-Type: multipart/form-data; boundary=b\r\n", body).await
    }

    async fn get(&self, query: &str) -> String {
        self.post(&format!("{GET_PATH}?{query}"), "", "").await
    }
}

const VALUE: &str = "--b\r\nContent-Disposition: form-data; name=\"file\"; filename=\"\"\r\n\
    Content-Type: application/octet-stream\r\n\r\nvalue\r\n--b--\r\n";

fn put_of(key: &str, options: Options) -> Arrived {
    Arrived { key: key.into(), value: Some("value".into()), options }
}

fn get_of(key: &str, options: Options) -> Arrived {
    Arrived { value: None, ..put_of(key, options) }
}

#[tokio::test]
async fn a_put_as_kubos_clients_send_it() {
    let router = Router::new().await;
    let answer = router.put("stream-channels=true&encoding=json&arg=%2Fipns%2Fk51&allow-offline=true", VALUE).await;
    assert!(
        answer.starts_with("HTTP/1.1 200 OK\r\n") && answer.contains("content-type: application/json\r\n"),
        "{answer}"
    );
    assert!(answer.ends_with("\r\n\r\n{\"ID\":\"\",\"Type\":5,\"Responses\":null,\"Extra\":\"\"}\n"), "{answer}");
    assert_eq!(router.notes.taken(), [put_of("/ipns/k51", Options::new().with("allow-offline", true))]);
}

#[tokio::test]
async fn a_put_in_chunks() {
    let router = Router::new().await;
    let (first, second) = VALUE.split_at(VALUE.find("value").unwrap() + 2);
    let chunks = format!("{:x}\r\n{first}\r\n{:x}\r\n{second}\r\n", first.len(), second.len());
    let request = format!(
        "POST {PUT_PATH}?stream=true&arg=key HTTP/1.1\r\nHost: here\r\nConnection: close\r\n\
         Transfer-Encoding: chunked\r\nContent-Type: multipart/form-data; boundary=b\r\n\r\n{chunks}0\r\n\r\n"
    );
    assert!(router.send(request.as_bytes()).await.starts_with("HTTP/1.1 200 OK\r\n"));
    assert_eq!(router.notes.taken(), [put_of("key", Options::new())]);
}

#[tokio::test]
async fn a_get_as_kubos_clients_send_it() {
    let router = Router::new().await;
    let answer = router.get("arg=/pk/12D3&timeout=5000ms&quorum-size=3").await;
    assert!(answer.starts_with("HTTP/1.1 200 OK\r\n"), "{answer}");
    assert!(answer.ends_with("\",\"Type\":5,\"Responses\":null,\"Extra\":\"Zm91bmQ=\"}\n"), "{answer}");
    let options = Options::new().with_timeout(Duration::from_secs(5)).with("quorum-size", 3);
    assert_eq!(router.notes.taken(), [get_of("/pk/12D3", options)]);
}

#[tokio::test]
async fn the_version_is_one() {
    let answer = Router::new().await.post("/api/v0/version", "", "").await;
    assert!(answer.contains(concat!("{\"Version\":\"", env!("CARGO_PKG_VERSION"), "\",")), "{answer}");
}

#[tokio::test]
async fn only_post_is_taken() {
    let router = Router::new().await;
    for method in ["GET", "PUT", "HEAD", "DELETE"] {
        let request = format!("{method} {GET_PATH}?arg=key HTTP/1.1\r\nHost: here\r\nConnection: close\r\n\r\n");
        assert!(router.send(request.as_bytes()).await.starts_with("HTTP/1.1 405 "), "{method}");
    }
    assert!(router.post("/api/v0/routing/provide?arg=key", "", "").await.starts_with("HTTP/1.1 404 "));
    assert_eq!(router.notes.taken(), []);
}

/// The request is answered with this message, and the store never sees it.
fn check_refused(router: &Router, answer: &str, message: &str) {
    let refusal = format!("{{\"Message\":\"{message}");
    assert!(answer.starts_with("HTTP/1.1 400 Bad Request\r\n") && answer.contains(&refusal), "{answer}");
    assert!(answer.ends_with("\",\"Code\":1,\"Type\":\"error\"}"), "{answer}");
    assert_eq!(router.notes.taken(), []);
}

#[tokio::test]
async fn parameters_that_make_no_call_are_refused() {
    let router = Router::new().await;
    let wrong = [
        ("", "the argument `key` is required"),
        ("ARG=key", "the argument `key` is required"),
        ("arg=a&arg=b", "there is one argument `key`, and no other"),
        ("arg=%ff", "the parameters are not UTF-8"),
        ("arg=a&b=%ff", "the parameters are not UTF-8"),
        ("arg=/multibase/z6", "invalid key: "),
        ("arg=a&timeout=soon", "invalid timeout \\\"soon\\\""),
    ];
    for (query, message) in wrong {
        check_refused(&router, &router.get(query).await, message);
        check_refused(&router, &router.put(query, VALUE).await, message);
    }
}

#[tokio::test]
async fn bodies_that_have_no_value_are_refused() {
    let router = Router::new().await;
    for (body, message) in [
        ("", "the multipart body"),
        (&VALUE[..VALUE.len() - 6], "the multipart body"),
        ("--b--", "the argument `file`"),
    ] {
        check_refused(&router, &router.put("arg=key", body).await, message);
    }
    let path = format!("{PUT_PATH}?arg=key");
    check_refused(&router, &router.post(&path, "", VALUE).await, "the content type is none");
    check_refused(&router, &router.post(&path, "Content-Type: text/plain\r\n", VALUE).await, "a put is sent as");
}

#[tokio::test]
async fn values_and_requests_that_are_too_long_are_refused() {
    let router = Router::new().await;
    // The last is more than the buffers of a connection hold, and this client sends all of it before it reads.
    for length in [1_001, 3 << 20, 40 << 20] {
        let body = VALUE.replace("value", &"x".repeat(length));
        check_refused(&router, &router.put("arg=key", &body).await, "invalid value: ");
    }
    router.put("arg=key", &VALUE.replace("value", &"x".repeat(1_000))).await;
    assert_eq!(router.notes.taken()[0].value.as_ref().map(Bytes::len), Some(1_000));

    let path = format!("{GET_PATH}?arg=key");
    let answer = router.post(&path, "", &"x".repeat(MAX_PARAMETERS_LEN + 1)).await;
    check_refused(&router, &answer, "the request's body is longer than 1048576 bytes");
}

#[tokio::test]
async fn a_put_that_breaks_off_is_no_put() {
    let router = Router::new().await;
    let head =
        format!("POST {PUT_PATH}?arg=key HTTP/1.1\r\nHost: here\r\nContent-Type: multipart/form-data; boundary=b\r\n");
    let requests = [
        format!("{head}Content-Length: {}\r\n\r\n{VALUE}", VALUE.len() + 1),
        format!("{head}Transfer-Encoding: chunked\r\n\r\n{:x}\r\n{VALUE}\r\n", VALUE.len()),
        format!("{head}Transfer-Encoding: chunked\r\n\r\n{:x}\r\n{VALUE}\r\nx\r\n", VALUE.len()),
    ];
    for request in requests {
        let mut connection = TcpStream::connect(&router.address).await.unwrap();
        connection.write_all(request.as_bytes()).await.unwrap();
        connection.shutdown().await.unwrap();
        let mut answer = Vec::new();
        soon(connection.read_to_end(&mut answer)).await.unwrap();
        assert_eq!(router.notes.taken(), [], "{request:?}");
    }
}

#[tokio::test]
async fn a_body_that_is_too_long_without_end_is_not_read_on_and_on() {
    let router = Router::new().await;
    let mut connection = TcpStream::connect(&router.address).await.unwrap();
    let head = format!("POST {PUT_PATH}?arg=key HTTP/1.1\r\nHost: here\r\nTransfer-Encoding: chunked\r\n\r\n");
    connection.write_all(head.as_bytes()).await.unwrap();
    let chunk = format!("10000\r\n{}\r\n", "x".repeat(0x10000));
    let send_on = async { while connection.write_all(chunk.as_bytes()).await.is_ok() {} };
    soon(send_on).await;
    assert_eq!(router.notes.taken(), []);
}
