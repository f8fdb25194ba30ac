//! The suite on stores whose engines block, each on a disk that can fail: a log with checksums, files that are renamed, and a
//! database in SQL. `tests/disks` has the same engines with faults.

#[path = "../../disks/engine.rs"]
mod engine;
#[path = "../../disks/files.rs"]
#[expect(dead_code, reason = "the faults are for others")]
mod files;
#[path = "../../disks/log.rs"]
#[expect(dead_code, reason = "the faults are for others")]
mod log;
#[path = "../../disks/sqlite.rs"]
mod sqlite;

use std::io;

use value_store::{Context, value_store_tests};

use crate::engine::{Engine, OnEngine, peer};
use crate::files::Files;
use crate::log::Log;
use crate::sqlite::Sqlite;

#[value_store_tests(durable, power_loss, disk_faults, settled, shared, monotonic, linearizable, convergent)]
async fn log_with_checksums(context: &Context) -> io::Result<OnEngine> {
    on(context, |context| Log::open(context.dir(), log::Fault::None)).await
}

#[value_store_tests(
    durable,
    power_loss,
    disk_faults,
    settled,
    shared,
    monotonic,
    linearizable,
    convergent,
    max_key_len = 100
)]
async fn renamed_files(context: &Context) -> io::Result<OnEngine> {
    on(context, |context| Files::open(context.dir(), files::Fault::None)).await
}

#[value_store_tests(durable, power_loss, disk_faults, settled, shared, monotonic, linearizable, convergent)]
async fn sqlite_with_a_log(context: &Context) -> rusqlite::Result<OnEngine> {
    on(context, |context| Sqlite::open(context.dir())).await
}

/// A store on an engine that all handles of a world share.
async fn on<E: Engine + 'static, F>(
    context: &Context,
    open: impl FnOnce(&Context) -> Result<E, F>,
) -> Result<OnEngine, F> {
    let store = context.share(async || open(context).map(|engine| OnEngine::new(engine, false))).await?;
    context.member(peer());
    Ok(OnEngine::clone(&store))
}
