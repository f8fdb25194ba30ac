//! The suite on js-libp2p: its `contentRouting`, served as a delegate.

use std::error::Error;
use std::net::Ipv4Addr;
use std::sync::OnceLock;
use std::sync::atomic::{AtomicUsize, Ordering};

use serde::Deserialize;
use serde_json::json;
use value_store::conformance::records::Namespaced;
use value_store::stores::{DelegatedStore, Prefixed};
use value_store::{Context, value_store_tests};
use value_store_tests::node::Script;

/// The records of the name space for which the nodes have a validator and a selector.
const NS: Namespaced = Namespaced::new("ns");

/// The handles take turns with two clients of a DHT, which are connected only through its server. The store is not settled, as
/// no delegate is, and not linearizable, for the reason given for `newest_of_several_wins`. The skipped cases fail by chance.
#[value_store_tests(
    shared,
    convergent,
    faults,
    records = NS,
    deadline = "60s",
    expect_failure(
        records::older_is_refused = "put, and the handler of PUT_VALUE, replace a record without asking the selector",
        records::invalid_is_refused = "put does not ask the validator, and that all peers refuse the record does not make it fail",
        faults::cut_put_is_not_ok = "put keeps a copy and resolves, though no peer took the record",
        faults::cut_is_an_error_not_missing = "get throws a NotFoundError when its query failed at every peer",
    ),
    skip(
        convergent = "where an older record was the last to arrive, it stays until the client that put the newer one gets it",
        records::newest_of_several_wins = "put, and the handler of PUT_VALUE, replace a record without asking the selector, \
                                           so the last to arrive wins, which is mostly the newest",
        faults::acknowledged_survives_outage = "put resolves though no peer took the record, unless its timeout of 60 ms \
                                                passes first",
        faults::failed_calls_leave_their_keys_usable = "put resolves though no peer took the record, unless its timeout of \
                                                        100 ms passes first",
        faults::cut_amid_calls_is_an_error = "of a query that failed at every peer, put makes a success and get a \
                                              NotFoundError, unless their timeouts of 3 s pass first",
        faults::cut_without_timeout_ends = "get throws a NotFoundError when its query failed at every peer, and whether it did \
                                            depends on when the cut comes",
        faults::missing_is_not_cached_from_an_outage = "get throws a NotFoundError when its query failed at every peer, \
                                                        unless its timeout of 600 ms passes first",
    )
)]
#[cfg_attr(not(node), ignore = "needs Node.js 20 or later, with npm, when it is built")]
async fn js_libp2p(context: &Context) -> Result<DelegatedStore, Box<dyn Error>> {
    const CLIENTS: usize = 2;
    let network = context.share(async || Nodes::start(context, 1, CLIENTS).await).await?;
    network.clients[network.opened.fetch_add(1, Ordering::Relaxed) % CLIENTS].store()
}

/// The cases that are about keys and values of any bytes, in a name space where everything is valid. All handles are one
/// client: its selector takes the first record, which is its own copy.
#[value_store_tests(
    deadline = "60s",
    skip(
        key_identity::very_long_keys_differ_in_one_byte = "each query makes base58 of its key for its log, and Node.js does nothing \
                                                      else meanwhile: 2 s for 32 KiB, and 11 s for 70,000 bytes",
    )
)]
#[cfg_attr(not(node), ignore = "needs Node.js 20 or later, with npm, when it is built")]
async fn js_libp2p_of_any_bytes(context: &Context) -> Result<Prefixed<DelegatedStore>, Box<dyn Error>> {
    let network = context.share(async || Nodes::start(context, 1, 1).await).await?;
    Ok(Prefixed::new(network.clients[0].store()?, "/any/"))
}

/// The nodes of one world.
#[derive(Deserialize)]
struct Nodes {
    #[serde(rename = "network")]
    id: String,
    servers: Vec<Node>,
    clients: Vec<Node>,
    /// How many handles were opened.
    #[serde(skip)]
    opened: AtomicUsize,
}

#[derive(Deserialize)]
struct Node {
    id: String,
    /// For a server, the port for other nodes; for a client, the port of its delegate.
    port: u16,
}

/// The process in which the nodes of all worlds are. It ends with this one.
fn script() -> Result<&'static Script, Box<dyn Error>> {
    static SCRIPT: OnceLock<Script> = OnceLock::new();
    if let Some(script) = SCRIPT.get() {
        return Ok(script);
    }
    let script = Script::start("content-routing.mjs")?;
    Ok(SCRIPT.get_or_init(|| script))
}

impl Nodes {
    /// Starts nodes that reach each other through links.
    async fn start(context: &Context, servers: usize, clients: usize) -> Result<Self, Box<dyn Error>> {
        let started = script()?.ask("start", json!({ "servers": servers, "clients": clients })).await?;
        let network: Self = serde_json::from_value(started)?;
        let mut ports = Vec::new();
        for server in &network.servers {
            ports.push(context.link((Ipv4Addr::LOCALHOST, server.port).into())?.port());
        }
        for client in &network.clients {
            context.member(client.id.parse()?);
        }
        script()?.ask("connect", json!({ "network": network.id, "ports": ports })).await?;
        Ok(network)
    }
}

impl Drop for Nodes {
    fn drop(&mut self) {
        if let Ok(script) = script() {
            script.tell("stop", json!({ "network": self.id }));
        }
    }
}

impl Node {
    /// The client as a store. It does not say which peer a value is from, so all values are from the client.
    fn store(&self) -> Result<DelegatedStore, Box<dyn Error>> {
        let url = format!("http://127.0.0.1:{}", self.port);
        Ok(DelegatedStore::builder(&url).peer_id(self.id.parse()?).build()?)
    }
}
