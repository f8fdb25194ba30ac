//! The suite on delegates of Delegated Routing V1: real servers on this machine, one or more for each world.

use std::error::Error;
use std::io;

use value_store::conformance::records::Ipns;
use value_store::stores::delegated::v1::{self, IpnsStore};
use value_store::stores::{MemoryStore, RedbStore};
use value_store::{Context, PeerId, ValueStore, value_store_tests};
use value_store_tests::server::Server;
#[cfg(feature = "kad")]
use {
    value_store::stores::kad::IpnsValidator,
    value_store_tests::{cluster, in_turn::InTurn},
};

/// A delegate that serves one world, until it is dropped.
struct Delegate {
    server: Server,
    /// The peer that the client takes for the source of each record.
    peer_id: PeerId,
}

impl Delegate {
    async fn serve(store: impl ValueStore + 'static) -> io::Result<Self> {
        Ok(Self { server: Server::start(v1::router(store)).await?, peer_id: PeerId::random() })
    }

    /// A handle onto the store behind the delegate, through a link of its own.
    fn open(&self, context: &Context) -> Result<IpnsStore, Box<dyn Error>> {
        context.member(self.peer_id);
        let url = format!("http://{}", context.link(self.server.address())?);
        Ok(IpnsStore::builder(&url).peer_id(self.peer_id).build()?)
    }
}

#[value_store_tests(shared, faults, monotonic, linearizable, records = Ipns)]
async fn over_memory(context: &Context) -> Result<IpnsStore, Box<dyn Error>> {
    context.share(async || Delegate::serve(MemoryStore::new()).await).await?.open(context)
}

#[value_store_tests(durable, shared, faults, monotonic, linearizable, records = Ipns)]
async fn over_redb(context: &Context) -> Result<IpnsStore, Box<dyn Error>> {
    let serve = async || {
        let redb = RedbStore::open(context.dir().join("records.redb")).await?;
        Ok::<_, Box<dyn Error>>(Delegate::serve(redb).await?)
    };
    context.share(serve).await?.open(context)
}

/// Each node of a cluster is a delegate, and each handle uses another one. The nodes validate as well, so an older record is
/// refused also where it comes through another delegate. As to threads and the deadline, see `over_kad` in
/// `delegated_stores.rs`.
#[cfg(feature = "kad")]
#[value_store_tests(shared, faults, records = Ipns, flavor = "multi_thread", deadline = "90s")]
async fn over_kad(context: &Context) -> Result<IpnsStore, Box<dyn Error>> {
    let serve = async || {
        let mut delegates = Vec::new();
        for node in cluster::start_with(context, |_, node| node.validator("ipns", IpnsValidator)).await? {
            delegates.push(Delegate::serve(node).await?);
        }
        Ok::<_, Box<dyn Error>>(InTurn::of(delegates))
    };
    context.share(serve).await?.next().open(context)
}
