//! From the client to the router and back.

use serde_json::json;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;
use tokio::sync::{mpsc, oneshot};

use super::*;
use crate::stores::MemoryStore;

async fn check_arrives(key: &[u8], options: Options) {
    let notes = Notes::default();
    let store = client_of(notes.clone()).await;
    soon(store.put(key, "value".into(), &options)).await.unwrap();
    soon(store.get(key, &options)).await.unwrap();
    let put = Arrived { key: key.to_vec(), value: Some("value".into()), options };
    assert_eq!(notes.taken(), [put.clone(), Arrived { value: None, ..put }]);
}

#[tokio::test]
async fn keys_arrive_as_they_are() {
    let longest_text = "\u{e9}".repeat(MAX_KEY_LEN / 2);
    let texts = ["", "/ipns/k51", "/pk/a b+c%20&d=e", "\0\r\n", "/multibase/u_w", "/multibase/", &longest_text];
    for key in texts {
        check_arrives(key.as_bytes(), Options::new()).await;
    }
    check_arrives(b"/ipns/\x00\x24\xff", Options::new()).await;
    check_arrives(&vec![0xff; MAX_KEY_LEN], Options::new()).await;
}

#[tokio::test]
async fn options_arrive_as_they_are() {
    let long = Options::new().with("n".repeat(70_000), "x".repeat(100_000)).with("short", json!([null, 0.1]));
    check_arrives(b"key", long.with_timeout(Duration::from_secs(100))).await;
    let named = ["arg", "timeout", "stream", "option.arg", "", "a\r\nb: c"];
    let odd = named.into_iter().fold(Options::new(), |options, name| options.with(name, json!({ name: -0.0 })));
    check_arrives(b"key", odd).await;
}

#[tokio::test]
async fn timeouts_arrive_as_they_are() {
    for timeout in
        [Duration::from_secs(3_600), Duration::from_nanos(100_000_000_001), Duration::from_micros(99_999_999)]
    {
        check_arrives(b"key", Options::new().with_timeout(timeout)).await;
    }
}

#[tokio::test]
async fn the_longest_timeout_arrives_as_the_longest_of_go() {
    let notes = Notes::default();
    let store = client_of(notes.clone()).await;
    soon(store.get(b"key", &Options::new().with_timeout(Duration::MAX))).await.unwrap();
    assert_eq!(notes.taken()[0].options.timeout(), Some(Duration::from_nanos(i64::MAX as u64)));
}

#[tokio::test]
async fn values_travel_with_the_peer_that_had_them() {
    let memory = MemoryStore::new();
    let store = client_of(memory.clone()).await;
    for value in [Bytes::new(), (0..=255).collect(), vec![b'\n'; DEFAULT_MAX_VALUE_LEN].into()] {
        put(&store, b"key", value.clone()).await.unwrap();
        assert!(get(&memory, b"key").await.unwrap() == value);
        let found = soon(store.get(b"key", &Options::new())).await.unwrap();
        assert!(found == GetValueResult { from: memory.peer_id(), val: value });
    }
}

/// A store whose calls fail with the errors that a function makes.
struct Failing<F>(F);

#[async_trait]
impl<F: Fn() -> Error + Send + Sync> ValueStore for Failing<F> {
    async fn put(&self, _key: &[u8], _value: Bytes, _options: &Options) -> Result<(), Error> {
        Err(self.0())
    }

    async fn get(&self, _key: &[u8], _options: &Options) -> Result<GetValueResult, Error> {
        Err(self.0())
    }
}

/// The errors of a put and of a get if the store behind the router fails with this one.
async fn errors_of(error: impl Fn() -> Error + Send + Sync + 'static) -> [Error; 2] {
    let store = client_of(Failing(error)).await;
    [put(&store, b"key", "").await.unwrap_err(), get(&store, b"key").await.unwrap_err()]
}

#[tokio::test]
async fn errors_arrive_as_what_they_were() {
    let errors = [
        || Error::NotFound,
        || Error::Timeout,
        || Error::InvalidKey("too odd:\n\"\u{e9}\0\"".into()),
        || Error::InvalidKey(String::new()),
        || Error::InvalidValue("too plain".into()),
    ];
    for error in errors {
        for arrived in errors_of(error).await {
            assert_eq!(format!("{arrived:?}"), format!("{:?}", error()));
        }
    }
}

#[tokio::test]
async fn a_backend_error_arrives_with_its_message_and_as_no_other_error() {
    for message in ["the disk is full", "routing: not found", "context deadline exceeded", "invalid key: odd", ""] {
        for error in errors_of(move || Error::backend(message)).await {
            assert!(error.is_backend() && chain(&error).ends_with(message), "{error:?}");
        }
    }
}

#[tokio::test]
async fn a_value_that_is_too_long_for_the_client_is_not_sent() {
    let notes = Notes::default();
    let url = delegate(router(notes.clone())).await;
    let store = DelegatedStore::builder(&url).max_value_len(10).build().unwrap();
    assert!(put(&store, b"key", "elevenbytes").await.unwrap_err().is_invalid_value());
    assert_eq!(notes.taken(), []);
    put(&store, b"key", "ten bytes!").await.unwrap();
}

#[tokio::test]
async fn a_value_that_is_too_long_for_the_server_is_refused_and_the_old_one_stays() {
    let memory = MemoryStore::new();
    let url = delegate(router_with_max_value_len(memory.clone(), 10)).await;
    let store = DelegatedStore::builder(&url).max_value_len(usize::MAX).build().unwrap();
    put(&store, b"key", "ten bytes!").await.unwrap();
    // One byte too many, and more than a request may have in all.
    for length in [11, 20 << 20] {
        let error = put(&store, b"key", vec![b'x'; length]).await.unwrap_err();
        assert!(error.is_invalid_value(), "{error:?}");
    }
    assert_eq!(get(&memory, b"key").await.unwrap(), "ten bytes!");
}

#[tokio::test]
async fn a_value_that_is_longer_than_the_client_takes_is_an_error() {
    let memory = MemoryStore::new();
    let url = delegate(router(memory.clone())).await;
    let store = DelegatedStore::builder(&url).max_value_len(10).build().unwrap();
    for length in [11, 1 << 20] {
        put(&memory, b"key", vec![b'x'; length]).await.unwrap();
        assert!(get(&store, b"key").await.unwrap_err().is_backend());
    }
}

/// A length is only a claim of the sender's. This much memory would not be there.
#[tokio::test]
async fn a_server_takes_no_memory_for_a_length_that_is_only_said() {
    let url = delegate(router_with_max_value_len(MemoryStore::new(), usize::MAX)).await;
    let mut client = TcpStream::connect(url.strip_prefix("http://").unwrap()).await.unwrap();
    let head = format!("POST {PUT_PATH}?arg=key HTTP/1.1\r\nHost: x\r\nContent-Length: {}\r\n\r\nvalue", 1_u64 << 60);
    client.write_all(head.as_bytes()).await.unwrap();
    client.shutdown().await.unwrap();
    soon(client.read_to_end(&mut Vec::new())).await.unwrap();
    assert!(get(&DelegatedStore::new(&url).unwrap(), b"key").await.unwrap_err().is_not_found());
}

/// A store whose calls never end, and which reports when one begins and when one is dropped.
struct Endless(mpsc::UnboundedSender<&'static str>);

struct Told<'a>(&'a mpsc::UnboundedSender<&'static str>);

impl Drop for Told<'_> {
    fn drop(&mut self) {
        let _ = self.0.send("dropped");
    }
}

impl Endless {
    async fn call<T>(&self) -> T {
        let _told = Told(&self.0);
        self.0.send("begun").unwrap();
        std::future::pending().await
    }
}

#[async_trait]
impl ValueStore for Endless {
    async fn put(&self, _key: &[u8], _value: Bytes, _options: &Options) -> Result<(), Error> {
        self.call().await
    }

    async fn get(&self, _key: &[u8], _options: &Options) -> Result<GetValueResult, Error> {
        self.call().await
    }
}

#[tokio::test]
async fn a_call_that_is_dropped_is_dropped_at_the_store() {
    let (told, mut events) = mpsc::unbounded_channel();
    let store = client_of(Endless(told)).await;
    for value in [None, Some(Bytes::new()), Some(Bytes::from(vec![0; 1 << 20]))] {
        let mut call = tokio::spawn({
            let store = store.clone();
            async move {
                match value {
                    Some(value) => store.put(b"key", value, &Options::new()).await,
                    None => store.get(b"key", &Options::new()).await.map(drop),
                }
            }
        });
        assert_eq!(soon(events.recv()).await, Some("begun"));
        call.abort();
        assert_eq!(soon(events.recv()).await, Some("dropped"));
        assert!((&mut call).await.unwrap_err().is_cancelled());
    }
}

#[tokio::test]
async fn a_call_that_times_out_is_dropped_at_the_store() {
    let (told, mut events) = mpsc::unbounded_channel();
    let url = delegate(router(Endless(told))).await;
    let store = DelegatedStore::builder(&url).timeout(Duration::from_millis(500)).build().unwrap();
    // Once with the call's own timeout, and once with that of the store.
    for options in [Options::new().with_timeout(Duration::from_millis(500)), Options::new()] {
        assert!(soon(store.put(b"key", Bytes::new(), &options)).await.unwrap_err().is_timeout());
        assert_eq!(soon(events.recv()).await, Some("begun"));
        assert_eq!(soon(events.recv()).await, Some("dropped"));
    }
}

/// Reads what a client sends until it goes away, passes that on when it is told to, and waits for the answer.
async fn pass_on_late(mut client: TcpStream, server: &str, begin: oneshot::Receiver<()>) {
    let mut sent = Vec::new();
    client.read_to_end(&mut sent).await.unwrap();
    begin.await.unwrap();
    let mut server = TcpStream::connect(server.strip_prefix("http://").unwrap()).await.unwrap();
    server.write_all(&sent).await.unwrap();
    server.read_exact(&mut [0; "HTTP/1.1 200".len()]).await.unwrap();
}

/// This is why the store does not claim `settled`.
#[tokio::test]
async fn a_put_that_was_on_its_way_may_land_later() {
    let memory = MemoryStore::new();
    let server = delegate(router(memory.clone())).await;
    let (slow, slow_url) = listen().await;
    let (release, released) = oneshot::channel();
    let way = tokio::spawn({
        let server = server.clone();
        async move { pass_on_late(slow.accept().await.unwrap().0, &server, released).await }
    });
    let store = DelegatedStore::new(&slow_url).unwrap();
    let options = Options::new().with_timeout(Duration::from_millis(500));
    assert!(soon(store.put(b"key", "older".into(), &options)).await.unwrap_err().is_timeout());

    put(&memory, b"key", "newer").await.unwrap();
    release.send(()).unwrap();
    soon(way).await.unwrap();
    assert_eq!(get(&memory, b"key").await.unwrap(), "older");
}

#[tokio::test]
async fn calls_one_after_the_other_use_one_connection() {
    let (listener, url) = listen().await;
    let (accepted, mut connections) = mpsc::unbounded_channel();
    let listener = axum::serve::ListenerExt::tap_io(listener, move |_| accepted.send(()).unwrap());
    tokio::spawn(axum::serve(listener, router(MemoryStore::new())).into_future());
    let store = DelegatedStore::new(&url).unwrap();
    for _ in 0..10 {
        put(&store.clone(), b"key", "value").await.unwrap();
        assert!(get(&store.clone(), b"absent").await.unwrap_err().is_not_found());
        get(&store, b"key").await.unwrap();
    }
    assert_eq!(connections.len(), 1);
    connections.recv().await.unwrap();
}

#[test]
fn a_store_outlives_its_runtime_and_its_delegate() {
    let runtime = || tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    let memory = MemoryStore::new();
    let first = runtime();
    let (address, store) = first.block_on(async {
        let (listener, url) = listen().await;
        let address = listener.local_addr().unwrap();
        tokio::spawn(axum::serve(listener, router(memory.clone())).into_future());
        let store = DelegatedStore::new(&url).unwrap();
        put(&store, b"key", "value").await.unwrap();
        (address, store)
    });
    drop(first);
    runtime().block_on(async {
        assert!(get(&store, b"key").await.unwrap_err().is_backend());
        let listener = TcpListener::bind(address).await.unwrap();
        tokio::spawn(axum::serve(listener, router(memory.clone())).into_future());
        assert_eq!(get(&store, b"key").await.unwrap(), "value");
    });
}
