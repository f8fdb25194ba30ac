//! The suite on a server that runs already, and that all worlds share. Each world has the keys that begin with its name.
//! Of a server that is not of these tests, nothing would have to be skipped.

mod server;
mod store;

use redis::{Client, RedisResult};
use value_store::stores::Prefixed;
use value_store::{Context, ValueStore, value_store_tests};

use crate::server::server;
use crate::store::RedisStore;

/// Each handle has a connection of its own, which the suite may interrupt.
#[value_store_tests(durable, shared, convergent, monotonic, linearizable, faults, skip(killed = "it ends the server"))]
#[cfg_attr(not(redis_server), ignore = "needs redis-server on the PATH when it is built")]
async fn on_redis(context: &Context) -> RedisResult<impl ValueStore> {
    let address = context.link(server()?)?;
    let store = RedisStore::reconnecting(Client::open(format!("redis://{address}"))?).await?;
    context.member(store.peer_id());
    Ok(Prefixed::new(store, context.name().to_owned()))
}

/// All handles of a world share a connection. It carries their calls in their order, so a call that was given up comes
/// before every later one, or not at all.
#[value_store_tests(durable, shared, convergent, settled, monotonic, linearizable, skip(killed = "it ends the server"))]
#[cfg_attr(not(redis_server), ignore = "needs redis-server on the PATH when it is built")]
async fn one_connection(context: &Context) -> RedisResult<impl ValueStore> {
    let connect = async || RedisStore::connect(&Client::open(format!("redis://{}", server()?))?).await;
    let store = context.share(connect).await?;
    context.member(store.peer_id());
    Ok(Prefixed::new(store, context.name().to_owned()))
}

/// What the factories of this file say besides, which is nothing for the README: where they are ignored, and that each process
/// of these tests has a server of its own. Somebody else's server goes on when a process is killed.
const NOT_SHOWN: [&str; 2] = [
    "#[cfg_attr(not(redis_server), ignore = \"needs redis-server on the PATH when it is built\")]\n",
    ", skip(killed = \"it ends the server\")",
];

#[test]
fn the_readme_shows_a_factory_of_this_file() {
    let blocks = include_str!("../../../README.md").split("```rust\n").skip(1);
    let mut blocks = blocks.filter_map(|block| block.split("```").next());
    let shown = blocks.find(|block| block.contains("context.name()")).expect("a factory with a name");
    let here = NOT_SHOWN.iter().fold(include_str!("main.rs").to_owned(), |here, not_shown| here.replace(not_shown, ""));
    assert!(here.contains(shown), "the README shows another factory:\n{shown}");
}
