//! The client against servers that send without end, late, or not at all.

use std::sync::atomic::{AtomicUsize, Ordering};

use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;

use super::raw_servers::{VALUE, client_of_server, failed, ok};
use super::*;

/// A client of a server that sends `head`, and then `piece` again and again, until the client closes. Counts the bytes
/// sent.
async fn client_of_endless(head: &'static str, piece: &'static str) -> (DelegatedStore, &'static AtomicUsize) {
    let sent: &'static AtomicUsize = Box::leak(Box::default());
    let serve = async move |mut connection: TcpStream| {
        let mut next = connection.write_all(head.as_bytes()).await;
        while next.is_ok() {
            next = connection.write_all(piece.as_bytes()).await;
            sent.fetch_add(piece.len(), Ordering::Relaxed);
        }
    };
    (client_of_server(serve).await, sent)
}

#[tokio::test]
async fn an_endless_answer_is_not_read_on_and_on() {
    let endless = "HTTP/1.1 200 OK\r\n\r\n";
    let refused = "HTTP/1.1 500 Internal Server Error\r\n\r\n";
    let chunked = "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n";
    let line: &str = "x".repeat(10_000).leak();
    let events = "{\"Type\":0}\n".repeat(1_000).leak();
    let answers = [
        (endless, line),
        (refused, line),
        (endless, events),
        (endless, "\n\n\n\n\n\n\n\n\n\n\n"),
        ("HTTP/1.1 200 OK\r\n\r\n{\"Type\":5,\"Extra\":\"", "AAAAAAAAAAAAAAAAA"),
        (chunked, "1;an-extension\r\nx\r\n"),
        ("HTTP/1.1 200 OK\r\n", "Name: value\r\n"),
        ("HTTP/1.1 200 OK\r\nName: ", line),
        ("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n", "Name: value\r\n"),
    ];
    for (head, piece) in answers {
        let (store, sent) = client_of_endless(head, piece).await;
        assert!(get(&store, b"key").await.unwrap_err().is_backend(), "{head:?} {piece:?}");
        assert!(put(&store, b"key", "value").await.unwrap_err().is_backend(), "{head:?} {piece:?}");
        // What the client may read, and what fits into the buffers of two connections.
        let sent = sent.load(Ordering::Relaxed);
        assert!(sent < 32 << 20, "{head:?} {piece:?}: {sent}");
    }
}

/// Both calls return `Timeout`, and not before this timeout has passed.
async fn check_times_out(store: &DelegatedStore, timeout: Duration) {
    let options = Options::new().with_timeout(timeout);
    for is_put in [false, true] {
        let begun = tokio::time::Instant::now();
        let ended = if is_put {
            soon(store.put(b"key", "value".into(), &options)).await
        } else {
            soon(store.get(b"key", &options)).await.map(drop)
        };
        assert!(ended.unwrap_err().is_timeout());
        assert!(begun.elapsed() >= timeout);
    }
}

#[tokio::test]
async fn the_timeout_holds_wherever_the_answer_stops() {
    let whole = ok(VALUE);
    let body = whole.find('{').unwrap();
    for length in [0, 1, body - 1, body, body + 20, whole.len() - 1] {
        let part: &'static str = whole[..length].to_owned().leak();
        let store = client_of_server(async |mut connection: TcpStream| {
            connection.write_all(part.as_bytes()).await.unwrap();
            // Until the client has gone.
            let _ = connection.read(&mut [0]).await;
        });
        check_times_out(&store.await, Duration::from_millis(50)).await;
    }
}

#[tokio::test]
async fn the_timeout_holds_where_every_byte_comes_late() {
    let answers: [&'static str; 2] = [ok(VALUE).leak(), "HTTP/1.1 100 Continue\r\n\r\n".repeat(1_000).leak()];
    for answer in answers {
        let store = client_of_server(async |mut connection: TcpStream| {
            for byte in answer.bytes() {
                if connection.write_all(&[byte]).await.is_err() {
                    break;
                }
                tokio::time::sleep(Duration::from_millis(50)).await;
            }
        });
        check_times_out(&store.await, Duration::from_millis(200)).await;
    }
}

#[tokio::test]
async fn the_timeout_holds_while_answers_that_are_none_come_without_end() {
    let (store, _) = client_of_endless("", "HTTP/1.1 102 Processing\r\n\r\n").await;
    check_times_out(&store, Duration::from_millis(100)).await;
}

#[tokio::test]
async fn the_timeout_holds_where_nobody_reads_the_request() {
    let (_listener, url) = listen().await;
    let store = DelegatedStore::new(&url).unwrap();
    for timeout in [Duration::ZERO, Duration::from_nanos(1), Duration::from_millis(50)] {
        check_times_out(&store, timeout).await;
        let options = Options::new().with_timeout(timeout);
        let large = soon(store.put(b"key", vec![0; DEFAULT_MAX_VALUE_LEN].into(), &options)).await;
        assert!(large.unwrap_err().is_timeout());
    }
}

#[tokio::test]
async fn a_server_that_answers_before_it_has_read_the_request_is_believed() {
    let (listener, url) = listen().await;
    tokio::spawn(async move {
        let (mut connection, _) = listener.accept().await.unwrap();
        connection.read_exact(&mut [0; 1_000]).await.unwrap();
        connection.write_all(failed("invalid value: too long").as_bytes()).await.unwrap();
        let _ = connection.read_to_end(&mut Vec::new()).await;
    });
    let store = DelegatedStore::new(&url).unwrap();
    assert!(put(&store, b"key", vec![0; 1 << 20]).await.unwrap_err().is_invalid_value());
}
