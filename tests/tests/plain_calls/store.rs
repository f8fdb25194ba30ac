//! A right store that shows each call to somebody, who may refuse it.

use std::collections::HashMap;
use std::path::PathBuf;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use tokio::task::yield_now;
use value_store::conformance::{Check, Claim, Gate, check};
use value_store::stores::MemoryStore;
use value_store::{Bytes, Context, Error, GetValueResult, Options, ValueStore, async_trait};

/// Sees the key of each call, and the value of a put.
pub(crate) type See = dyn Fn(&[u8], Option<&[u8]>) -> Result<(), Error> + Send + Sync;

struct Watched {
    store: MemoryStore,
    gate: Gate,
    see: Arc<See>,
}

/// How often a call yields, so that cases that go from one await point to the next get this far.
const AWAIT_POINTS: usize = 3;

impl Watched {
    async fn reach(&self, options: &Options) -> Result<(), Error> {
        let reach = async {
            for _ in 0..AWAIT_POINTS {
                yield_now().await;
            }
            self.gate.pass().await
        };
        match options.timeout() {
            Some(timeout) => tokio::time::timeout(timeout, reach).await.unwrap_or(Err(Error::Timeout)),
            None => reach.await,
        }
    }
}

#[async_trait]
impl ValueStore for Watched {
    async fn put(&self, key: &[u8], value: Bytes, options: &Options) -> Result<(), Error> {
        (self.see)(key, Some(&value))?;
        self.reach(options).await?;
        self.store.put(key, value, &Options::new()).await
    }

    async fn get(&self, key: &[u8], options: &Options) -> Result<GetValueResult, Error> {
        (self.see)(key, None)?;
        self.reach(options).await?;
        self.store.get(key, &Options::new()).await
    }
}

/// The suite on such a store, which claims all that needs no limit. The clock is paused: time is not the subject.
pub(crate) fn suite(see: Arc<See>) -> Check {
    // They stand for files: of a world, the directory outlives a restart.
    let stores: Mutex<HashMap<PathBuf, MemoryStore>> = Mutex::default();
    let open = async move |context: &'static Context| {
        let store = stores.lock().unwrap().entry(context.dir().to_owned()).or_default().clone();
        context.member(store.peer_id());
        Watched { store, gate: context.gate(), see: Arc::clone(&see) }
    };
    let all = [
        Claim::Durable,
        Claim::Shared,
        Claim::Convergent,
        Claim::Monotonic,
        Claim::Settled,
        Claim::Faults,
        Claim::Linearizable,
    ];
    // All calls are made, however busy the machine is: a case stops repeating after a tenth of its deadline.
    let check = check(open).start_paused().deadline(Duration::from_secs(600));
    all.into_iter().fold(check, Check::claim)
}

/// The names of all cases of the suite.
pub(crate) fn cases() -> Vec<String> {
    let report = check(async |_: &'static Context| Err::<MemoryStore, _>("it is not opened")).run();
    report.cases.into_iter().map(|case| case.name).collect()
}
