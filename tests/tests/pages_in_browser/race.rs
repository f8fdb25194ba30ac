//! A store with a race, and the timeline of the case that it fails.

use std::collections::HashMap;
use std::path::PathBuf;
use std::sync::{LazyLock, Mutex};
use std::time::Duration;

use tokio::sync::Notify;
use tokio::time::timeout;
use value_store::conformance::{Outcome, check};
use value_store::{Bytes, Error, GetValueResult, Options, PeerId, ValueStore, async_trait};

const CASE: &str = "concurrency::reads_do_not_go_back";

/// Writes a value in two steps, and waits for a get between them.
struct WrittenInHalves {
    values: Mutex<HashMap<Vec<u8>, Bytes>>,
    read: Notify,
    peer_id: PeerId,
}

impl WrittenInHalves {
    fn new() -> Self {
        Self { values: Mutex::default(), read: Notify::new(), peer_id: PeerId::random() }
    }

    fn write(&self, key: &[u8], value: Bytes) {
        self.values.lock().unwrap().insert(key.to_vec(), value);
    }
}

#[async_trait]
impl ValueStore for WrittenInHalves {
    async fn put(&self, key: &[u8], value: Bytes, _options: &Options) -> Result<(), Error> {
        self.write(key, value.slice(..value.len() / 2));
        // The first put of the case has no get at the same time, so this must end by itself.
        let _ = timeout(Duration::from_millis(100), self.read.notified()).await;
        self.write(key, value);
        Ok(())
    }

    async fn get(&self, key: &[u8], _options: &Options) -> Result<GetValueResult, Error> {
        let val = self.values.lock().unwrap().get(key).cloned().ok_or(Error::NotFound)?;
        self.read.notify_waiters();
        Ok(GetValueResult { from: self.peer_id, val })
    }
}

/// The page that the report of the case names. It is made once: all runs of a process have one seed, so they would write the same
/// file, while a browser reads it.
pub(crate) fn timeline() -> PathBuf {
    static TIMELINE: LazyLock<PathBuf> = LazyLock::new(made);
    TIMELINE.clone()
}

/// Runs the case, which fails.
fn made() -> PathBuf {
    let report = check(async |_| WrittenInHalves::new()).named("written in halves").only(CASE).run();
    let Outcome::Failed { report } = &report.cases[0].outcome else {
        panic!("no get came between the steps: {report}")
    };
    let path = report.lines().find_map(|line| line.strip_prefix("  timeline: "));
    path.unwrap_or_else(|| panic!("no timeline is named:\n{report}")).into()
}
