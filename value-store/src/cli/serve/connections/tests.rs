//! Connections in memory, on a paused clock.

use axum::body::Bytes;
use axum::middleware::from_fn_with_state;
use axum::routing::post;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _, DuplexStream, duplex};
use tokio::task::JoinHandle;

use super::super::gate::{self, Gate};
use super::*;

const MAX_ARRIVAL: Duration = Duration::from_secs(30);
const SLOW_CALL: Duration = Duration::from_secs(5);

struct Client {
    io: DuplexStream,
    stop: watch::Sender<bool>,
    server: JoinHandle<()>,
    begun: Instant,
}

impl Client {
    fn new() -> Self {
        let (io, server) = duplex(1 << 10);
        let (stop, stopping) = watch::channel(false);
        let gate = Gate::new(None, 1, MAX_ARRIVAL);
        let router = Router::new()
            .route("/length", post(async |body: Bytes| body.len().to_string()))
            .route("/slow", post(async || sleep(SLOW_CALL).await))
            .route("/long", post(async || "x".repeat(1 << 20)))
            .layer(from_fn_with_state(gate, gate::pass));
        let peer = Peer(([127, 0, 0, 1], 1).into());
        let server = tokio::spawn(serve(server, peer, router, stopping));
        Self { io, stop, server, begun: Instant::now() }
    }

    async fn send(&mut self, text: &str) {
        self.io.write_all(text.as_bytes()).await.unwrap();
    }

    async fn post(&mut self, path: &str, headers: &str, body: &str) {
        let length = body.len();
        self.send(&format!("POST {path} HTTP/1.1\r\nHost: here\r\nContent-Length: {length}\r\n{headers}\r\n{body}"))
            .await;
    }

    /// What the server has sent once it says `end`.
    async fn receive_until(&mut self, end: &str) -> String {
        let mut received = String::new();
        while !received.ends_with(end) {
            let byte = self.io.read_u8().await.unwrap();
            received.push(byte.into());
        }
        received
    }

    /// What the server still sends until it closes the connection, and after how many seconds in all that is.
    async fn rest(mut self) -> (String, u64) {
        let mut received = String::new();
        self.io.read_to_string(&mut received).await.unwrap();
        self.server.await.unwrap();
        (received, self.begun.elapsed().as_secs())
    }
}

#[tokio::test(start_paused = true)]
async fn a_connection_without_a_request_is_closed() {
    assert_eq!(Client::new().rest().await, (String::new(), FIRST_REQUEST.as_secs()));
}

#[tokio::test(start_paused = true)]
async fn a_head_that_does_not_end_is_not_waited_for() {
    let mut client = Client::new();
    client.send("POST /length HTTP/1.1\r\nHost: h").await;
    assert_eq!(client.rest().await, (String::new(), FIRST_REQUEST.as_secs()));
}

#[tokio::test(start_paused = true)]
async fn a_connection_is_kept_as_long_as_clients_use_it() {
    let mut client = Client::new();
    for _ in 0..2 {
        client.post("/length", "", "abc").await;
        client.receive_until("\r\n\r\n3").await;
        sleep(Duration::from_secs(91)).await;
    }
    assert_eq!(client.rest().await, (String::new(), 91 + NEXT_REQUEST.as_secs()));
}

#[tokio::test(start_paused = true)]
async fn an_answer_that_nobody_takes_is_not_kept() {
    let mut client = Client::new();
    client.post("/long", "", "").await;
    let begun = client.begun;
    client.server.await.unwrap();
    assert_eq!(begun.elapsed(), NEXT_REQUEST);
}

#[tokio::test(start_paused = true)]
async fn a_body_that_comes_too_slowly_is_refused_and_gives_its_place_back() {
    let mut client = Client::new();
    client.send("POST /length HTTP/1.1\r\nHost: here\r\nContent-Length: 100\r\n\r\n").await;
    let (mut reader, mut writer) = tokio::io::split(client.io);
    let dripping = tokio::spawn(async move {
        while writer.write_all(b"x").await.is_ok() {
            sleep(Duration::from_secs(1)).await;
        }
    });
    let mut answer = String::new();
    reader.read_to_string(&mut answer).await.unwrap();
    assert!(answer.starts_with("HTTP/1.1 408 ") && answer.contains("within 30s"), "{answer}");
    assert_eq!(client.begun.elapsed(), MAX_ARRIVAL);
    drop(reader);
    dripping.await.unwrap();
}

#[tokio::test(start_paused = true)]
async fn whoever_is_refused_is_told_after_the_body_and_has_no_second_request() {
    let mut client = Client::new();
    client.post("/length", "Origin: null\r\n", &"x".repeat(100_000)).await;
    let (answer, seconds) = client.rest().await;
    assert!(answer.starts_with("HTTP/1.1 403 ") && answer.contains("connection: close"), "{answer}");
    assert_eq!(seconds, 0);
}

#[tokio::test(start_paused = true)]
async fn whoever_is_refused_does_not_keep_the_connection_with_a_slow_body() {
    let mut client = Client::new();
    client.send("POST /length HTTP/1.1\r\nHost: here\r\nOrigin: null\r\nContent-Length: 100\r\n\r\n").await;
    let (answer, seconds) = client.rest().await;
    assert!(answer.starts_with("HTTP/1.1 403 "), "{answer}");
    assert_eq!(seconds, 10);
}

#[tokio::test(start_paused = true)]
async fn at_the_end_connections_without_a_call_are_closed_at_once() {
    let new = Client::new();
    new.stop.send_replace(true);
    assert_eq!(new.rest().await, (String::new(), 0));

    let mut idle = Client::new();
    idle.post("/length", "", "abc").await;
    idle.receive_until("\r\n\r\n3").await;
    idle.stop.send_replace(true);
    assert_eq!(idle.rest().await, (String::new(), 0));
}

#[tokio::test(start_paused = true)]
async fn at_the_end_a_call_under_way_is_answered() {
    let mut client = Client::new();
    client.post("/slow", "", "").await;
    sleep(Duration::from_secs(1)).await;
    client.stop.send_replace(true);
    let (answer, seconds) = client.rest().await;
    assert!(answer.starts_with("HTTP/1.1 200 OK"), "{answer}");
    assert_eq!(seconds, SLOW_CALL.as_secs());
}
