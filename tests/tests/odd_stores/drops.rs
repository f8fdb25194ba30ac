//! Stores that do something odd when they, or the futures of their calls, are dropped.

use std::collections::HashMap;
use std::sync::Mutex;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use tokio::task::yield_now;
use value_store::stores::MemoryStore;
use value_store::{Bytes, Context, Error, GetValueResult, PeerId, ValueStore, value_store_tests};

use crate::serve::{memory, serve};

/// Dropping the store blocks the thread for 200 ms.
#[value_store_tests(settled, monotonic, linearizable)]
fn slow_to_drop(context: &Context) -> impl ValueStore {
    struct Slow(MemoryStore);

    impl Drop for Slow {
        fn drop(&mut self) {
            std::thread::sleep(Duration::from_millis(200));
        }
    }

    serve(Slow(memory(context)), |store, request| async move { request.on(&store.0).await })
}

/// Once polled, a call goes on even if its future is dropped, and may overwrite a newer value. So this store is not settled.
#[value_store_tests(monotonic, linearizable)]
fn completes_what_was_dropped(context: &Context) -> impl ValueStore {
    serve(memory(context), |store, request| async move {
        let work = tokio::spawn(async move {
            for _ in 0..fastrand::u8(..20) {
                yield_now().await;
            }
            request.on(&*store).await
        });
        work.await.map_err(Error::backend)?
    })
}

/// A put is visible at once, and is undone if its future is dropped before the end. Others may have read a value that was never
/// put then, so this store is not linearizable.
#[value_store_tests(settled)]
fn undoes_what_was_dropped(context: &Context) -> impl ValueStore {
    let from = PeerId::random();
    context.member(from);
    serve((from, Versions::default()), |state, request| async move {
        let Some(value) = request.value else {
            let val = state.1.newest(&request.key).ok_or(Error::NotFound)?;
            return Ok(Some(GetValueResult { from: state.0, val }));
        };
        let put = state.1.begin(request.key, value);
        yield_now().await;
        put.finish();
        Ok(None)
    })
}

/// The values of each key: first the current one, then those of puts under way.
#[derive(Default)]
struct Versions {
    versions: Mutex<HashMap<Vec<u8>, Vec<Version>>>,
    count: AtomicU64,
}

/// The number of a put, and its value.
type Version = (u64, Bytes);

/// A put under way, which is undone when this is dropped.
struct Put<'a> {
    to: &'a Versions,
    key: Vec<u8>,
    number: u64,
    is_done: bool,
}

impl Versions {
    fn newest(&self, key: &[u8]) -> Option<Bytes> {
        let versions = self.versions.lock().unwrap();
        versions.get(key)?.last().map(|(_, value)| value.clone())
    }

    fn begin(&self, key: Vec<u8>, value: Bytes) -> Put<'_> {
        let number = self.count.fetch_add(1, Ordering::Relaxed);
        self.versions.lock().unwrap().entry(key.clone()).or_default().push((number, value));
        Put { to: self, key, number, is_done: false }
    }
}

impl Put<'_> {
    /// Makes this the key's current value, unless a put that began later has finished already.
    fn finish(mut self) {
        self.change(|versions, place| drop(versions.drain(..place)));
        self.is_done = true;
    }

    /// Changes the versions of the key, if this one is still among them. `change` gets its place.
    fn change(&self, change: impl FnOnce(&mut Vec<Version>, usize)) {
        let mut versions = self.to.versions.lock().unwrap();
        let versions = versions.get_mut(&self.key).expect("the key had a version when this put began");
        if let Some(place) = versions.iter().position(|(number, _)| *number == self.number) {
            change(versions, place);
        }
    }
}

impl Drop for Put<'_> {
    fn drop(&mut self) {
        if !self.is_done {
            self.change(|versions, place| drop(versions.remove(place)));
        }
    }
}
