//! The suite on stores in other languages, behind the adapters of the command `value-store`.

mod install;
mod refusals;
mod server;

use std::error::Error;

use value_store::stores::DelegatedStore;
use value_store::{Context, value_store_tests};

use crate::server::Server;

/// The longest value, in bytes: longer than a delegate takes unless it is told otherwise.
const MAX_VALUE_LEN: usize = 8_388_608;

/// A handle onto the store in this file, whose server is the world's own.
async fn open(context: &Context, store: &str) -> Result<DelegatedStore, Box<dyn Error>> {
    let server = context.share(async || Server::start(store, context.dir())).await?;
    let store = DelegatedStore::builder(server.url()).max_value_len(MAX_VALUE_LEN).build()?;
    context.member(store.peer_id());
    Ok(store)
}

#[value_store_tests(shared, convergent, monotonic, linearizable, max_key_len = 262_144, max_value_len = 8_388_608)]
#[cfg_attr(not(plain_node), ignore = "needs Node.js 20 or later on the PATH when it is built")]
async fn node(context: &Context) -> Result<DelegatedStore, Box<dyn Error>> {
    open(context, "map.mjs").await
}

#[value_store_tests(shared, convergent, monotonic, linearizable, max_key_len = 262_144, max_value_len = 8_388_608)]
#[cfg_attr(not(python), ignore = "needs Python 3.9 or later on the PATH when it is built")]
async fn python(context: &Context) -> Result<DelegatedStore, Box<dyn Error>> {
    open(context, "map.py").await
}

#[value_store_tests(shared, convergent, monotonic, linearizable, max_key_len = 262_144, max_value_len = 8_388_608)]
#[cfg_attr(not(go), ignore = "needs Go 1.19 or later on the PATH when it is built")]
async fn go(context: &Context) -> Result<DelegatedStore, Box<dyn Error>> {
    open(context, "map.go").await
}

/// The suite kills its server, too. The deadline is long, since each put waits for a disk that all tests share.
#[value_store_tests(
    durable,
    shared,
    convergent,
    linearizable,
    max_key_len = 262_144,
    max_value_len = 8_388_608,
    deadline = "90s"
)]
#[cfg_attr(not(plain_node), ignore = "needs Node.js 20 or later on the PATH when it is built")]
async fn node_with_files(context: &Context) -> Result<DelegatedStore, Box<dyn Error>> {
    open(context, "files.mjs").await
}

#[test]
fn the_readme_shows_a_store_of_these_tests() {
    let store = include_str!("stores/map.mjs");
    assert!(
        include_str!("../../../README.md").contains(&format!("```js\n{store}```")),
        "the README shows another store"
    );
}
