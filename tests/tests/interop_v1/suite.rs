//! The suite on Helia's server, through the client of this project.

use std::error::Error;

use value_store::conformance::records::Ipns;
use value_store::stores::delegated::v1::IpnsStore;
use value_store::{Context, PeerId, value_store_tests};

use crate::helia::HeliaServer;

/// The server of a world.
struct Shared {
    server: HeliaServer,
    peer_id: PeerId,
}

/// The routing of the server keeps what it was last given. Invalid records do not come so far: the client refuses them. What
/// the server makes of them is in `server.rs`.
#[value_store_tests(
    shared,
    records = Ipns,
    deadline = "60s",
    expect_failure(
        records::older_is_refused = "the server does not compare a record with the one that its routing has"
    ),
    skip(
        records::newest_of_several_wins = "the server does not compare a record with the one that its routing has, so the \
                                           last to arrive wins, which is mostly the newest"
    )
)]
#[cfg_attr(not(node), ignore = "needs Node.js 20 or later, with npm, when it is built")]
async fn helia(context: &Context) -> Result<IpnsStore, Box<dyn Error>> {
    let start =
        async || Ok::<_, Box<dyn Error>>(Shared { server: HeliaServer::start().await?, peer_id: PeerId::random() });
    let shared = context.share(start).await?;
    context.member(shared.peer_id);
    Ok(IpnsStore::builder(&shared.server.url).peer_id(shared.peer_id).build()?)
}
