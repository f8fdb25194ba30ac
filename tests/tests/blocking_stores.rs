//! The suite on stores whose engines block. They use `value_store::calls`, as an implementor would.

#[expect(dead_code, reason = "an example has a `main`")]
#[path = "../../value-store/examples/directory.rs"]
mod directory;

use std::collections::BTreeMap;
use std::sync::Mutex;
use std::thread::sleep;
use std::time::Duration;

use value_store::calls::{InOrder, within};
use value_store::{Bytes, Context, Error, GetValueResult, Options, PeerId, ValueStore, async_trait, value_store_tests};

use directory::{DirectoryStore, MAX_KEY_LEN};

const _: () = assert!(MAX_KEY_LEN == 120, "as the attribute says");

/// A directory, with a file for each key.
#[value_store_tests(durable, settled, monotonic, linearizable, max_key_len = 120)]
async fn files(context: &Context) -> Result<DirectoryStore, Error> {
    let peer_id = PeerId::random();
    context.member(peer_id);
    DirectoryStore::open(context.dir().into(), peer_id).await
}

/// The same, with calls from several threads.
#[value_store_tests(
    durable,
    settled,
    monotonic,
    linearizable,
    max_key_len = 120,
    flavor = "multi_thread",
    worker_threads = 2
)]
async fn files_for_several_threads(context: &Context) -> Result<DirectoryStore, Error> {
    files(context).await
}

/// A map that takes its time, and has no value for a key while it replaces one.
struct InTwoSteps {
    values: InOrder<Mutex<BTreeMap<Vec<u8>, Bytes>>>,
    peer_id: PeerId,
}

/// How long each step takes.
const STEP: Duration = Duration::from_micros(500);

#[async_trait]
impl ValueStore for InTwoSteps {
    async fn put(&self, key: &[u8], value: Bytes, options: &Options) -> Result<(), Error> {
        let put = self.values.write(key, move |values, key| {
            values.lock().unwrap().remove(key);
            sleep(STEP);
            values.lock().unwrap().insert(key.into(), value);
            sleep(STEP);
            Ok(())
        });
        within(options.timeout(), put).await
    }

    async fn get(&self, key: &[u8], options: &Options) -> Result<GetValueResult, Error> {
        let get = self.values.read(key, |values, key| {
            sleep(STEP);
            values.lock().unwrap().get(key).cloned().ok_or(Error::NotFound)
        });
        Ok(GetValueResult { from: self.peer_id, val: within(options.timeout(), get).await? })
    }
}

/// Most of the calls that the suite gives up are amid their work.
#[value_store_tests(settled, monotonic, linearizable)]
fn in_two_steps(context: &Context) -> InTwoSteps {
    let peer_id = PeerId::random();
    context.member(peer_id);
    InTwoSteps { values: InOrder::new(Mutex::default()), peer_id }
}
