//! Kubo's client in JavaScript, `kubo-rpc-client`, against the server of this project.

use std::sync::LazyLock;
use std::time::{Duration, Instant};

use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use serde_json::{Value, json};
use tokio::net::TcpListener;
use tokio::sync::mpsc;
use value_store::stores::delegated::router_with_max_value_len;
use value_store::stores::{KadStore, MemoryStore};
use value_store::{Bytes, Error, GetValueResult, Options, PeerId, ValueStore, async_trait};
use value_store_tests::node::{Script, ScriptError};

use crate::served::{Delegate, Noted, Silent};

/// The client of all tests. Its process ends with this one.
static CLIENT: LazyLock<Script> = LazyLock::new(|| Script::start("kubo-client.mjs").expect("Node.js is there"));

/// A call that takes longer than this hangs.
const PATIENCE: Duration = Duration::from_secs(60);

async fn soon<T>(future: impl Future<Output = T>) -> T {
    tokio::time::timeout(PATIENCE, future).await.expect("not in 60 s")
}

/// A call of the client.
struct Call(Value);

impl Call {
    fn new(delegate: &Delegate, key: &str) -> Self {
        Self(json!({ "url": delegate.url, "text": key }))
    }

    /// With the key as a `Uint8Array`.
    fn with_bytes(delegate: &Delegate, key: &[u8]) -> Self {
        Self(json!({ "url": delegate.url, "bytes": STANDARD.encode(key) }))
    }

    fn options(mut self, options: Value) -> Self {
        self.0["options"] = options;
        self
    }

    /// Lets the command `abort` end the call by this name.
    fn named(mut self, name: &str) -> Self {
        self.0["name"] = json!(name);
        self
    }

    fn aborted_after(mut self, milliseconds: u64) -> Self {
        self.0["abortedAfter"] = json!(milliseconds);
        self
    }

    /// The events of the put.
    async fn put(mut self, value: &[u8]) -> Result<Value, ScriptError> {
        self.0["value"] = json!(STANDARD.encode(value));
        soon(CLIENT.ask("put", self.0)).await
    }

    async fn get(self) -> Result<Value, ScriptError> {
        soon(CLIENT.ask("get", self.0)).await
    }

    /// The value in the get's only event.
    async fn value(self) -> Vec<u8> {
        let events = self.get().await.expect("the get succeeds");
        let [event] = &events.as_array().expect("events are a list")[..] else { panic!("one event, not {events}") };
        STANDARD.decode(event["value"].as_str().expect("the event has a value")).expect("base64")
    }
}

#[tokio::test]
#[cfg_attr(not(node), ignore = "needs Node.js 20 or later, with npm, when it is built")]
async fn a_value_is_put_and_got_as_one_event_without_a_peer() {
    let delegate = Delegate::serve(MemoryStore::new()).await;
    let value_of = |value: &str| json!([{ "name": "VALUE", "type": 5, "value": STANDARD.encode(value) }]);
    assert_eq!(Call::new(&delegate, "key").put(b"value").await, Ok(value_of("")));
    assert_eq!(Call::new(&delegate, "key").get().await, Ok(value_of("value")));
    Call::new(&delegate, "key").put(b"new").await.unwrap();
    assert_eq!(Call::new(&delegate, "key").get().await, Ok(value_of("new")));
}

#[tokio::test]
#[cfg_attr(not(node), ignore = "needs Node.js 20 or later, with npm, when it is built")]
async fn values_are_whole_whatever_their_bytes() {
    let delegate = Delegate::serve(MemoryStore::new()).await;
    let all_bytes: Vec<u8> = (0..=255).collect();
    let long: Vec<u8> = (0..1_u32 << 18).flat_map(u32::to_be_bytes).collect();
    for value in [all_bytes, Vec::new(), b"\r\n--\r\n\r\n".to_vec(), vec![0; 65_537], long] {
        Call::new(&delegate, "key").put(&value).await.unwrap();
        assert!(Call::new(&delegate, "key").value().await == value, "{} bytes", value.len());
    }
}

#[tokio::test]
#[cfg_attr(not(node), ignore = "needs Node.js 20 or later, with npm, when it is built")]
async fn a_value_travels_from_one_node_of_a_dht_to_another() {
    let nodes = three_nodes().await;
    let (one, other) = (Delegate::serve(nodes[0].clone()).await, Delegate::serve(nodes[2].clone()).await);
    for value in [&b"value"[..], &[0xff, 0, 13, 10], b""] {
        Call::new(&one, "/app/key").put(value).await.unwrap();
        assert_eq!(Call::new(&other, "/app/key").value().await, value);
    }
    check_fails(Call::new(&other, "/app/absent").get().await, "HTTPError", "routing: not found");
}

#[tokio::test]
#[cfg_attr(not(node), ignore = "needs Node.js 20 or later, with npm, when it is built")]
async fn a_node_of_a_dht_takes_its_options() {
    let nodes = three_nodes().await;
    let delegate = Delegate::serve(nodes[0].clone()).await;
    let call =
        |quorum: Value| Call::new(&delegate, "/app/key").options(json!({ "quorum": quorum, "unknown": "option" }));
    call(json!("all")).put(b"value").await.unwrap();
    assert_eq!(call(json!(2)).value().await, b"value");
    // The node has two peers, and in a get its own copy counts too.
    for outcome in [call(json!(3)).put(b"new").await, call(json!(4)).get().await, call(json!("some")).get().await] {
        assert_eq!(outcome.expect_err("there are not so many").name, "HTTPError");
    }
}

#[tokio::test]
#[cfg_attr(not(node), ignore = "needs Node.js 20 or later, with npm, when it is built")]
async fn an_abort_ends_a_call_to_a_dht_whose_peer_is_silent() {
    let silent = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = format!("/ip4/127.0.0.1/tcp/{}", silent.local_addr().unwrap().port());
    let node = KadStore::builder().peer(PeerId::random(), address.parse().unwrap()).peer_timeout(PATIENCE);
    let delegate = Delegate::serve(node.start().await.unwrap()).await;
    for put in [false, true] {
        let call = Call::new(&delegate, "/app/key").aborted_after(300);
        let outcome = if put { call.put(b"value").await } else { call.get().await };
        assert_eq!(outcome.expect_err("nobody answers").name, "TimeoutError");
    }
}

/// Nodes that know each other.
async fn three_nodes() -> Vec<KadStore> {
    let mut nodes = Vec::new();
    for _ in 0..3 {
        let node = KadStore::builder().listen_on("/ip4/127.0.0.1/tcp/0".parse().unwrap());
        // All nodes share this machine, which may be busy.
        nodes.push(node.peer_timeout(PATIENCE).start().await.unwrap());
    }
    for node in &nodes {
        for peer in nodes.iter().filter(|peer| peer.peer_id() != node.peer_id()) {
            let address = peer.listen_addresses().await.unwrap().remove(0);
            node.add_peer(peer.peer_id(), address).unwrap();
        }
    }
    nodes
}

fn check_fails(outcome: Result<Value, ScriptError>, name: &str, message: &str) {
    let error = outcome.expect_err("the call fails");
    assert_eq!((&*error.name, &*error.message), (name, message));
}

#[tokio::test]
#[cfg_attr(not(node), ignore = "needs Node.js 20 or later, with npm, when it is built")]
async fn a_missing_key_is_an_error_that_says_so() {
    let delegate = Delegate::serve(MemoryStore::new()).await;
    check_fails(Call::new(&delegate, "absent").get().await, "HTTPError", "routing: not found");
}

/// A store whose key names the error with which a call fails.
struct Failing;

impl Failing {
    fn error(key: &[u8]) -> Error {
        match key {
            b"key" => Error::InvalidKey("this one".into()),
            b"value" => Error::InvalidValue("that one".into()),
            b"timeout" => Error::Timeout,
            _ => Error::backend("out of luck"),
        }
    }
}

#[async_trait]
impl ValueStore for Failing {
    async fn put(&self, key: &[u8], _: Bytes, _: &Options) -> Result<(), Error> {
        Err(Self::error(key))
    }

    async fn get(&self, key: &[u8], _: &Options) -> Result<GetValueResult, Error> {
        Err(Self::error(key))
    }
}

#[tokio::test]
#[cfg_attr(not(node), ignore = "needs Node.js 20 or later, with npm, when it is built")]
async fn errors_are_shown_with_their_messages() {
    let delegate = Delegate::serve(Failing).await;
    let backend = Failing::error(b"").to_string() + ": out of luck";
    let shown = [
        ("key", "HTTPError", "invalid key: this one"),
        ("value", "HTTPError", "invalid value: that one"),
        ("timeout", "TimeoutError", "context deadline exceeded"),
        ("other", "HTTPError", &backend),
    ];
    for (key, name, message) in shown {
        check_fails(Call::new(&delegate, key).get().await, name, message);
        check_fails(Call::new(&delegate, key).put(b"value").await, name, message);
    }
}

#[tokio::test]
#[cfg_attr(not(node), ignore = "needs Node.js 20 or later, with npm, when it is built")]
async fn an_abort_ends_the_call_on_both_sides() {
    let ((begun, mut begins), (dropped, mut drops)) = (mpsc::unbounded_channel(), mpsc::unbounded_channel());
    let delegate = Delegate::serve(Silent { begun, dropped }).await;
    for (put, name) in [(false, "get"), (true, "put")] {
        let call = Call::new(&delegate, "key").named(name);
        let abort = async {
            // Before that, an abort might keep the call from reaching the store.
            soon(begins.recv()).await.expect("the call has come");
            soon(CLIENT.ask("abort", json!({ "name": name }))).await.unwrap();
        };
        let call = async move { if put { call.put(b"value").await } else { call.get().await } };
        let (outcome, ()) = tokio::join!(call, abort);
        let error = outcome.expect_err("nobody answers");
        assert_eq!((&*error.name, error.message.contains("aborted due to timeout")), ("TimeoutError", true), "{error}");
        soon(drops.recv()).await.expect("the store's call is dropped");
    }
}

#[tokio::test]
#[cfg_attr(not(node), ignore = "needs Node.js 20 or later, with npm, when it is built")]
async fn a_timeout_is_kept_by_the_store() {
    let ((begun, _begins), (dropped, _drops)) = (mpsc::unbounded_channel(), mpsc::unbounded_channel());
    let delegate = Delegate::serve(Silent { begun, dropped }).await;
    for timeout in [json!(300), json!("300ms"), json!("0.3s")] {
        let call = || Call::new(&delegate, "key").options(json!({ "timeout": timeout }));
        for put in [false, true] {
            let begun = Instant::now();
            let outcome = if put { call().put(b"value").await } else { call().get().await };
            check_fails(outcome, "TimeoutError", "context deadline exceeded");
            assert!(begun.elapsed() >= Duration::from_millis(300), "{timeout} was kept");
        }
    }
}

#[tokio::test]
#[cfg_attr(not(node), ignore = "needs Node.js 20 or later, with npm, when it is built")]
async fn options_reach_the_store_under_their_names_in_kebab_case() {
    let store = Noted::new(MemoryStore::new());
    let delegate = Delegate::serve(store.clone()).await;
    let given = json!({
        "timeout": 5_000, "allowOffline": true, "quorumSize": 3, "ratio": 0.5, "label": "a b&c=d+e%", "absent": null,
        "list": [1, 2],
    });
    let expected = Options::new()
        .with_timeout(Duration::from_secs(5))
        .with("allow-offline", true)
        .with("quorum-size", 3)
        .with("ratio", 0.5)
        .with("label", "a b&c=d+e%")
        .with("list", "1,2");
    Call::new(&delegate, "key").options(given.clone()).put(b"value").await.unwrap();
    Call::new(&delegate, "key").options(given).get().await.unwrap();
    let arrived: Vec<_> = store.calls().into_iter().map(|call| call.options).collect();
    assert_eq!(arrived, [expected.clone(), expected]);
}

#[tokio::test]
#[cfg_attr(not(node), ignore = "needs Node.js 20 or later, with npm, when it is built")]
async fn keys_that_are_text_are_exact() {
    let store = Noted::new(MemoryStore::new());
    let delegate = Delegate::serve(store.clone()).await;
    let keys = ["/ipns/k51", "", " a+b c%20&arg=d#e?f\\", "\u{1f600}e\u{301}", "a\u{0}\r\n\tb", "../../x"];
    for key in keys {
        Call::new(&delegate, key).put(b"value").await.unwrap();
        Call::with_bytes(&delegate, key.as_bytes()).get().await.unwrap();
        let arrived: Vec<_> = store.calls().into_iter().map(|call| call.key).collect();
        assert_eq!(arrived, [key, key]);
    }
}

/// The client decodes the bytes of a key as UTF-8, whatever they are.
#[tokio::test]
#[cfg_attr(not(node), ignore = "needs Node.js 20 or later, with npm, when it is built")]
async fn keys_that_are_no_text_are_exact_if_they_are_sent_as_multibase() {
    let store = Noted::new(MemoryStore::new());
    let delegate = Delegate::serve(store.clone()).await;
    let key: Vec<u8> = (0..=255).collect();
    let encoded = format!("/multibase/u{}", URL_SAFE_NO_PAD.encode(&key));
    Call::new(&delegate, &encoded).put(b"value").await.unwrap();
    assert_eq!(Call::new(&delegate, &encoded).value().await, b"value");
    assert!(store.calls().iter().all(|call| call.key == key));

    Call::with_bytes(&delegate, &key).put(b"value").await.unwrap();
    assert_eq!(store.calls()[0].key, *String::from_utf8_lossy(&key));
}

#[tokio::test]
#[cfg_attr(not(node), ignore = "needs Node.js 20 or later, with npm, when it is built")]
async fn a_value_over_the_limit_is_refused_and_the_client_goes_on() {
    let store = Noted::new(MemoryStore::new());
    let delegate = Delegate::serve_router(router_with_max_value_len(store.clone(), 1 << 20)).await;
    Call::new(&delegate, "key").put(&vec![1; 1 << 20]).await.unwrap();
    let message = "invalid value: 1048577 bytes, and this delegate takes 1048576";
    check_fails(Call::new(&delegate, "key").put(&vec![2; (1 << 20) + 1]).await, "HTTPError", message);
    let message = "invalid value: a request with more, and this delegate takes 1048576";
    check_fails(Call::new(&delegate, "key").put(&vec![2; 5 << 20]).await, "HTTPError", message);
    assert_eq!(store.calls().len(), 1);
    assert!(Call::new(&delegate, "key").value().await == vec![1; 1 << 20]);
}

#[tokio::test]
#[cfg_attr(not(node), ignore = "needs Node.js 20 or later, with npm, when it is built")]
async fn calls_share_connections() {
    let delegate = Delegate::serve(MemoryStore::new()).await;
    for number in 0..10 {
        let key = format!("key {number}");
        Call::new(&delegate, &key).put(key.as_bytes()).await.unwrap();
        assert_eq!(Call::new(&delegate, &key).value().await, key.as_bytes());
        check_fails(Call::new(&delegate, "absent").get().await, "HTTPError", "routing: not found");
    }
    // It opens another connection, up to six, when it sends a request before it has seen the end of the last answer.
    assert!((1..=6).contains(&delegate.connections()), "{} connections", delegate.connections());
}
