//! Networks of both kinds of peers: nodes of this project, and peers of js-libp2p.

use std::collections::BTreeSet;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, OnceLock};
use std::time::Duration;

use serde_json::{Value, json};
use value_store::conformance::records::Namespaced;
use value_store::stores::KadStore;
use value_store::stores::kad::libp2p::futures::FutureExt as _;
use value_store::stores::kad::libp2p::{Multiaddr, PeerId};
use value_store::stores::kad::{Builder, QueryError, Validator};
use value_store::{Bytes, GetValueResult};
use value_store_tests::node::{Script, ScriptError};

/// The name space for which both kinds of peers have a validator.
pub(crate) const NAME_SPACE: &str = "app";

pub(crate) const RECORDS: Namespaced = Namespaced::new(NAME_SPACE);

/// The validator of [`RECORDS`], as `dht-peer.mjs` has it.
pub(crate) struct Numbered;

impl Validator for Numbered {
    fn validate(&self, _key: &[u8], value: &[u8]) -> Result<(), String> {
        number(value).map(drop).ok_or_else(|| "a record begins with its number and a space".into())
    }

    fn select(&self, _key: &[u8], values: &[&[u8]]) -> usize {
        let greatest = values.iter().map(|value| number(value)).max().flatten();
        values.iter().position(|value| number(value) == greatest).unwrap_or(0)
    }
}

fn number(value: &[u8]) -> Option<u64> {
    let digits = value.split(|byte| *byte == b' ').next().filter(|digits| digits.len() < value.len())?;
    std::str::from_utf8(digits).ok()?.parse().ok()
}

/// The name of a protocol for one network: no other in this process has it.
pub(crate) fn new_protocol() -> String {
    static NETWORKS: AtomicU64 = AtomicU64::new(0);
    format!("/value-store/interop/{}", NETWORKS.fetch_add(1, Ordering::Relaxed))
}

/// A node of this network that listens nowhere, unless it is told to.
pub(crate) fn node(protocol: &str) -> Builder {
    let patience = Duration::from_secs(60);
    KadStore::builder().protocol(protocol).validator(NAME_SPACE, Numbered).peer_timeout(patience)
}

/// An address to listen on, with any port that is free.
pub(crate) fn any_port() -> Multiaddr {
    "/ip4/127.0.0.1/tcp/0".parse().unwrap()
}

/// Where a node listens.
pub(crate) async fn address(node: &KadStore) -> Multiaddr {
    node.listen_addresses().await.unwrap().remove(0)
}

/// A node that listens nowhere, and so holds no records: all that it gets is from these peers.
pub(crate) async fn client_of(protocol: &str, peers: &[&Peer]) -> KadStore {
    let client = peers.iter().fold(node(protocol), |node, peer| node.peer(peer.id, peer.address.clone()));
    client.start().await.unwrap()
}

/// The process of all peers that no test stops or kills.
pub(crate) fn lasting_process() -> Arc<Script> {
    static PROCESS: OnceLock<Arc<Script>> = OnceLock::new();
    Arc::clone(PROCESS.get_or_init(process))
}

/// A new process, for peers that a test stops or kills with it.
pub(crate) fn process() -> Arc<Script> {
    Arc::new(Script::start("dht-peer.mjs").expect("Node.js is there"))
}

/// The error of a call that failed at the peers.
pub(crate) fn query_error(error: value_store::Error) -> QueryError {
    match error {
        value_store::Error::Backend(source) => *source.downcast().expect("a query error"),
        other => panic!("not an error of a query: {other}"),
    }
}

/// A peer in JavaScript. It ends when this is dropped.
pub(crate) struct Peer {
    process: Arc<Script>,
    pub(crate) id: PeerId,
    pub(crate) address: Multiaddr,
}

impl Peer {
    pub(crate) async fn start(process: &Arc<Script>, protocol: &str) -> Result<Self, ScriptError> {
        let started = process.ask("start", json!({ "protocol": protocol, "nameSpace": NAME_SPACE })).await?;
        let address = started["address"].as_str().unwrap().parse().unwrap();
        Ok(Self { process: Arc::clone(process), id: peer_id(&started["peer"]), address })
    }

    /// Has the peer announce this address in place of its own.
    pub(crate) async fn announce(&self, address: &Multiaddr) -> Result<(), ScriptError> {
        self.ask("announce", json!({ "address": address })).await.map(drop)
    }

    /// Dials another peer, and waits until it is in the routing table.
    pub(crate) async fn meet(&self, other: PeerId, address: &Multiaddr) -> Result<(), ScriptError> {
        self.ask("meet", json!({ "other": other.to_string(), "address": address })).await.map(drop)
    }

    /// Puts a record, and returns the peers that took it.
    pub(crate) async fn put(&self, key: &[u8], value: &[u8]) -> BTreeSet<PeerId> {
        let stored = self.ask("put", json!({ "key": text(key), "value": text(value) })).await.unwrap();
        stored.as_array().unwrap().iter().map(peer_id).collect()
    }

    /// What the network has for a key.
    pub(crate) async fn get(&self, key: &[u8]) -> Option<GetValueResult> {
        match self.ask("get", json!({ "key": text(key) })).await.unwrap() {
            Value::Null => None,
            found => Some(GetValueResult { from: peer_id(&found["from"]), val: bytes(&found["value"]) }),
        }
    }

    /// What the peer itself holds for a key.
    pub(crate) async fn held(&self, key: &[u8]) -> Option<Bytes> {
        match self.ask("held", json!({ "key": text(key) })).await.unwrap() {
            Value::Null => None,
            value => Some(bytes(&value)),
        }
    }

    /// Has the peer answer gets of `asked` with a record of this key and value, valid or not.
    pub(crate) async fn plant(&self, asked: &[u8], key: &[u8], value: &[u8]) {
        self.ask("plant", json!({ "at": text(asked), "key": text(key), "value": text(value) })).await.unwrap();
    }

    async fn ask(&self, command: &str, mut arguments: Value) -> Result<Value, ScriptError> {
        arguments["peer"] = json!(self.id.to_string());
        self.process.ask(command, arguments).await
    }
}

impl Drop for Peer {
    fn drop(&mut self) {
        // The first poll sends the question, and nobody waits for the answer.
        let _ = self.ask("stop", json!({})).now_or_never();
    }
}

fn peer_id(value: &Value) -> PeerId {
    value.as_str().unwrap().parse().unwrap()
}

/// The string whose characters stand for these bytes.
fn text(bytes: &[u8]) -> String {
    bytes.iter().copied().map(char::from).collect()
}

fn bytes(text: &Value) -> Bytes {
    text.as_str().unwrap().chars().map(|character| u8::try_from(character).unwrap()).collect()
}
