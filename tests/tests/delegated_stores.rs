//! The suite on delegates: real servers on this machine, one or more for each world.

use std::error::Error;
use std::io;

use value_store::stores::{DelegatedStore, MemoryStore, RedbStore, delegated};
use value_store::{Context, PeerId, ValueStore, value_store_tests};
use value_store_tests::server::Server;
#[cfg(feature = "kad")]
use value_store_tests::{cluster, in_turn::InTurn};

/// The longest value, in bytes, of the delegates that have a limit of their own.
const MAX_VALUE_LEN: usize = 1_048_576;

/// A delegate that serves one world, until it is dropped.
struct Delegate {
    server: Server,
    /// The peer that its values are from.
    peer_id: PeerId,
}

impl Delegate {
    async fn serve(store: impl ValueStore + 'static, peer_id: PeerId, max_value_len: usize) -> io::Result<Self> {
        let router = delegated::router_with_max_value_len(store, max_value_len);
        Ok(Self { server: Server::start(router).await?, peer_id })
    }

    /// A handle onto the store behind the delegate, through a link of its own.
    fn open(&self, context: &Context, max_value_len: usize) -> Result<DelegatedStore, Box<dyn Error>> {
        context.member(self.peer_id);
        let url = format!("http://{}", context.link(self.server.address())?);
        Ok(DelegatedStore::builder(&url).max_value_len(max_value_len).build()?)
    }
}

#[value_store_tests(shared, faults, monotonic, linearizable, max_key_len = 262_144, max_value_len = 4_194_304)]
async fn over_memory(context: &Context) -> Result<DelegatedStore, Box<dyn Error>> {
    let limit = delegated::DEFAULT_MAX_VALUE_LEN;
    let serve = async || {
        let memory = MemoryStore::new();
        let peer_id = memory.peer_id();
        Delegate::serve(memory, peer_id, limit).await
    };
    context.share(serve).await?.open(context, limit)
}

#[value_store_tests(durable, shared, faults, monotonic, linearizable, max_key_len = 262_144, max_value_len = 1_048_576)]
async fn over_redb(context: &Context) -> Result<DelegatedStore, Box<dyn Error>> {
    let serve = async || {
        let redb = RedbStore::open(context.dir().join("values.redb")).await?;
        let peer_id = redb.peer_id();
        Ok::<_, Box<dyn Error>>(Delegate::serve(redb, peer_id, MAX_VALUE_LEN).await?)
    };
    context.share(serve).await?.open(context, MAX_VALUE_LEN)
}

/// Each node of a cluster is a delegate, and each handle uses another one: what one client puts through its node, the others
/// find through theirs. The runtime has several threads, since on one the work of all five nodes would hold up the client. The
/// deadline is long, since a call is some thirty messages between them, and on a busy machine each waits for its turn.
#[cfg(feature = "kad")]
#[value_store_tests(
    shared,
    faults,
    max_key_len = 4_096,
    max_value_len = 1_048_576,
    flavor = "multi_thread",
    deadline = "90s"
)]
async fn over_kad(context: &Context) -> Result<DelegatedStore, Box<dyn Error>> {
    let serve = async || {
        let mut delegates = Vec::new();
        for node in cluster::start(context).await? {
            let peer_id = node.peer_id();
            delegates.push(Delegate::serve(node, peer_id, MAX_VALUE_LEN).await?);
        }
        Ok::<_, Box<dyn Error>>(InTurn::of(delegates))
    };
    context.share(serve).await?.next().open(context, MAX_VALUE_LEN)
}
