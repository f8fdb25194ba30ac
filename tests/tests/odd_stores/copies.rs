//! Stores whose handles see each other's puts only after a while.

use std::collections::HashMap;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use tokio::sync::mpsc::{UnboundedSender, unbounded_channel};
use tokio::time::{Instant, sleep_until};
use value_store::stores::MemoryStore;
use value_store::{Bytes, Context, GetValueResult, Options, ValueStore, value_store_tests};

use crate::serve::{serve, shared_memory};

const DELAY: Duration = Duration::from_millis(20);

/// How many puts there were.
static PUTS: AtomicU64 = AtomicU64::new(0);

/// The values that a handle has put and that others cannot see yet, each with the number of its put. A value may be put again.
type Own = Mutex<HashMap<Vec<u8>, (u64, Bytes)>>;

struct Put {
    number: u64,
    due: Instant,
    own: Arc<Own>,
    key: Vec<u8>,
    value: Bytes,
}

/// Copies the puts of all handles to the common store, in order, each when it is due.
fn copier(store: MemoryStore) -> UnboundedSender<Put> {
    let (puts, mut queue) = unbounded_channel::<Put>();
    tokio::spawn(async move {
        while let Some(Put { number, due, own, key, value }) = queue.recv().await {
            sleep_until(due).await;
            store.put(&key, value, &Options::new()).await.expect("a memory store takes all");
            let mut own = own.lock().unwrap();
            // If the handle has put a newer value meanwhile, that one stays.
            if own.get(&key).is_some_and(|(newest, _)| *newest == number) {
                own.remove(&key);
            }
        }
    });
    puts
}

/// A handle sees its own puts at once, and those of others when they have been copied.
#[value_store_tests(shared, convergent, monotonic, settled, linearizable, propagation = "200ms")]
async fn copied_later(context: &Context) -> impl ValueStore {
    let store = shared_memory(context).await;
    let puts = context.share(async || Ok::<_, String>(copier(store.clone()))).await.expect("it cannot fail");
    serve((store, puts, Arc::<Own>::default()), |state, request| async move {
        let (store, puts, own) = &*state;
        if let Some(value) = request.value {
            let number = PUTS.fetch_add(1, Ordering::Relaxed);
            own.lock().unwrap().insert(request.key.clone(), (number, value.clone()));
            let put = Put { number, due: Instant::now() + DELAY, own: Arc::clone(own), key: request.key, value };
            puts.send(put).expect("the copier lasts as long as the world");
            return Ok(None);
        }
        let newest = own.lock().unwrap().get(&request.key).cloned();
        match newest {
            Some((_, val)) => Ok(Some(GetValueResult { from: store.peer_id(), val })),
            None => request.on(store).await,
        }
    })
}
