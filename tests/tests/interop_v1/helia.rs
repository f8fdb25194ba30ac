//! Helia: its clients, its nodes and its servers, all in one process.

use std::sync::LazyLock;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Value, json};
use value_store::Bytes;
use value_store::ipns::Name;
use value_store_tests::node::{Script, ScriptError};

/// The process. It ends with this one.
static HELIA: LazyLock<Script> = LazyLock::new(|| Script::start("routing-v1.mjs").expect("Node.js is there"));

/// A call that takes longer than this hangs.
const PATIENCE: Duration = Duration::from_secs(60);

pub(crate) async fn ask(command: &str, arguments: Value) -> Result<Value, ScriptError> {
    tokio::time::timeout(PATIENCE, HELIA.ask(command, arguments)).await.expect("not in 60 s")
}

pub(crate) fn to_text(bytes: &[u8]) -> String {
    STANDARD.encode(bytes)
}

pub(crate) fn bytes_of(text: &Value) -> Bytes {
    STANDARD.decode(text.as_str().expect("a text")).expect("base64").into()
}

fn new_id() -> u64 {
    static IDS: AtomicU64 = AtomicU64::new(0);
    IDS.fetch_add(1, Ordering::Relaxed)
}

/// Helia's client of the server at this URL.
pub(crate) struct Client(pub(crate) String);

impl Client {
    pub(crate) async fn put(&self, name: Name, record: &[u8]) -> Result<(), ScriptError> {
        let put = json!({ "url": self.0, "name": name.to_string(), "record": to_text(record) });
        ask("putRecord", put).await.map(drop)
    }

    pub(crate) async fn get(&self, name: Name) -> Result<Bytes, ScriptError> {
        ask("getRecord", json!({ "url": self.0, "name": name.to_string() })).await.map(|record| bytes_of(&record))
    }

    /// The same client, as Helia's routing of any keys.
    pub(crate) async fn put_key(&self, key: &[u8], value: &[u8]) -> Result<(), ScriptError> {
        ask("putKey", json!({ "url": self.0, "key": to_text(key), "value": to_text(value) })).await.map(drop)
    }

    pub(crate) async fn get_key(&self, key: &[u8]) -> Result<Bytes, ScriptError> {
        ask("getKey", json!({ "url": self.0, "key": to_text(key) })).await.map(|value| bytes_of(&value))
    }
}

/// A node of Helia, with `@helia/ipns`.
pub(crate) struct Node(u64);

impl Node {
    /// A node whose routing is the client of this server.
    pub(crate) async fn start(url: &str) -> Self {
        let node = Self(new_id());
        ask("newNode", json!({ "node": node.0, "url": url })).await.unwrap();
        node
    }

    /// Publishes this value under the name of this key, which is made if there is none.
    pub(crate) async fn publish(&self, key: &str, value: &str, options: Value) -> Result<Name, ScriptError> {
        let published = ask("publish", self.with(json!({ "key": key, "value": value }), options)).await?;
        Ok(published.as_str().expect("a name").parse().expect("a name"))
    }

    /// What the name points at in the end.
    pub(crate) async fn resolve(&self, name: Name) -> Result<Value, ScriptError> {
        ask("resolve", self.with(json!({ "name": name.to_string() }), json!({}))).await
    }

    /// A record of the key, which is not published.
    pub(crate) async fn sign(&self, key: &str, sequence: u64, lifetime: Duration, options: Value) -> (Name, Bytes) {
        let lifetime = u64::try_from(lifetime.as_millis()).unwrap();
        let record = json!({ "key": key, "value": "/ipfs/bafkqaaa", "sequence": sequence, "lifetime": lifetime });
        let signed = ask("sign", self.with(record, options)).await.unwrap();
        (signed["name"].as_str().unwrap().parse().unwrap(), bytes_of(&signed["record"]))
    }

    fn with(&self, mut arguments: Value, options: Value) -> Value {
        arguments["node"] = json!(self.0);
        if let (Value::Object(arguments), Value::Object(options)) = (&mut arguments, options) {
            arguments.extend(options);
        }
        arguments
    }
}

/// A server of Helia, until it is dropped.
pub(crate) struct HeliaServer {
    id: u64,
    pub(crate) url: String,
}

impl HeliaServer {
    pub(crate) async fn start() -> Result<Self, ScriptError> {
        let id = new_id();
        let started = ask("startServer", json!({ "server": id })).await?;
        Ok(Self { id, url: format!("http://127.0.0.1:{}", started["port"]) })
    }

    /// The status, the headers and the body of the answer to this request.
    pub(crate) async fn request(&self, method: &str, path: &str, headers: Value, body: Option<&[u8]>) -> Value {
        let url = format!("{}{path}", self.url);
        let request = json!({ "url": url, "method": method, "headers": headers, "body": body.map(to_text) });
        ask("request", request).await.unwrap()
    }
}

impl Drop for HeliaServer {
    fn drop(&mut self) {
        HELIA.tell("stopServer", json!({ "server": self.id }));
    }
}
