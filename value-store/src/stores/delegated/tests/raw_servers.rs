//! Servers that send what a test has written, byte for byte, and clients of them.

use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;

use super::*;

/// How long values may be for these clients.
const MAX_VALUE_LEN: usize = 1_000;

/// The body of an answer of Kubo's, with the value `value`.
pub(super) const VALUE: &str = "{\"ID\":\"\",\"Type\":5,\"Responses\":null,\"Extra\":\"dmFsdWU=\"}\n";

/// Reads a request with all of its body.
pub(super) async fn read_request(connection: &mut TcpStream) -> String {
    let mut request = Vec::new();
    loop {
        let text = String::from_utf8_lossy(&request).into_owned();
        if let Some((head, body)) = text.split_once("\r\n\r\n") {
            let length = head.lines().find_map(|line| line.strip_prefix("content-length: ")).unwrap_or("0");
            if body.len() >= length.parse().unwrap() {
                return text;
            }
        }
        if connection.read_buf(&mut request).await.unwrap() == 0 {
            return text;
        }
    }
}

/// A client of a server that reads the request from each connection, and then calls `serve` with it.
pub(super) async fn client_of_server<F>(serve: impl Fn(TcpStream) -> F + Copy + Send + 'static) -> DelegatedStore
where
    F: Future<Output = ()> + Send,
{
    let (listener, url) = listen().await;
    tokio::spawn(async move {
        loop {
            let (mut connection, _) = listener.accept().await.unwrap();
            tokio::spawn(async move {
                read_request(&mut connection).await;
                serve(connection).await;
            });
        }
    });
    DelegatedStore::builder(&url).max_value_len(MAX_VALUE_LEN).build().unwrap()
}

/// The result of a get from a server that sends this and closes the connection.
pub(super) async fn get_from(answer: impl Into<String>) -> Result<GetValueResult, Error> {
    soon(client_that_is_sent(answer.into()).await.get(b"key", &Options::new())).await
}

/// The result of a put to such a server.
pub(super) async fn put_to(answer: impl Into<String>) -> Result<(), Error> {
    put(&client_that_is_sent(answer.into()).await, b"key", "value").await
}

pub(super) async fn client_that_is_sent(answer: String) -> DelegatedStore {
    let answer: &'static str = answer.leak();
    client_of_server(async |mut connection: TcpStream| connection.write_all(answer.as_bytes()).await.unwrap()).await
}

pub(super) fn answer(status: &str, body: &str) -> String {
    format!("HTTP/1.1 {status}\r\nContent-Length: {}\r\n\r\n{body}", body.len())
}

pub(super) fn ok(body: &str) -> String {
    answer("200 OK", body)
}

pub(super) fn failed(message: &str) -> String {
    answer("500 Internal Server Error", &format!("{{\"Message\":{message:?},\"Code\":0,\"Type\":\"error\"}}"))
}

pub(super) fn chunked(body: &str, trailers: &str) -> String {
    let head = "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\nTrailer: X-Stream-Error\r\n\r\n";
    let chunk = if body.is_empty() { String::new() } else { format!("{:x}\r\n{body}\r\n", body.len()) };
    format!("{head}{chunk}0\r\n{trailers}\r\n")
}
