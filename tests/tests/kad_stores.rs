//! The suite on a cluster of Kademlia nodes.

use std::error::Error;

use value_store::stores::KadStore;
use value_store::{Context, value_store_tests};
use value_store_tests::cluster;
use value_store_tests::in_turn::InTurn;

/// Each handle is another node. The runtime has several threads, since on one the work of all five nodes would hold up the
/// calls to each. The deadline is long, since a call is some thirty messages between them, and on a busy machine each waits for
/// its turn.
#[value_store_tests(
    shared,
    faults,
    max_key_len = 4_096,
    max_value_len = 1_048_576,
    flavor = "multi_thread",
    deadline = "90s"
)]
async fn cluster_of_nodes(context: &Context) -> Result<KadStore, Box<dyn Error>> {
    let start = async || Ok::<_, Box<dyn Error>>(InTurn::of(cluster::start(context).await?));
    Ok(context.share(start).await?.next().clone())
}

/// As above, with files: all nodes start again, or are killed, at once. The links have other ports then, so each node is told
/// anew where the others are.
#[value_store_tests(
    durable,
    power_loss,
    disk_faults,
    shared,
    max_key_len = 4_096,
    max_value_len = 1_048_576,
    flavor = "multi_thread",
    deadline = "90s"
)]
async fn cluster_with_files(context: &Context) -> Result<KadStore, Box<dyn Error>> {
    let start = async || Ok::<_, Box<dyn Error>>(InTurn::of(cluster::start_with_files(context).await?));
    Ok(context.share(start).await?.next().clone())
}
