//! Stores that keep their values in odd data structures.

use std::collections::{BTreeMap, HashSet};
use std::sync::{Arc, Mutex, RwLock};

use value_store::{Bytes, Context, Error, GetValueResult, PeerId, ValueStore, value_store_tests};

use crate::serve::{Answer, Request, memory, serve};

/// The answer of a get that found this value, or none.
fn found(from: PeerId, value: Option<Bytes>) -> Answer {
    value.map(|val| Some(GetValueResult { from, val })).ok_or(Error::NotFound)
}

fn member(context: &Context) -> PeerId {
    let from = PeerId::random();
    context.member(from);
    from
}

/// Every value is copied when it is put, and when it is returned.
#[value_store_tests(settled, monotonic, linearizable)]
fn copies(context: &Context) -> impl ValueStore {
    serve(memory(context), |store, Request { key, value, options }| async move {
        let value = value.map(|value| Bytes::from(value.to_vec()));
        let mut answer = Request { key, value, options }.on(&*store).await?;
        if let Some(found) = &mut answer {
            found.val = Bytes::copy_from_slice(&found.val);
        }
        Ok(answer)
    })
}

/// Equal values are kept once, and never removed.
#[value_store_tests(settled, monotonic, linearizable)]
fn interns(context: &Context) -> impl ValueStore {
    serve((memory(context), Mutex::<HashSet<Bytes>>::default()), |state, mut request| async move {
        if let Some(value) = request.value.take() {
            let mut values = state.1.lock().unwrap();
            values.insert(value.clone());
            request.value = values.get(&value).cloned();
        }
        request.on(&state.0).await
    })
}

/// Each put makes a new map, which replaces the old one, unless another put has replaced that meanwhile: then it tries again.
#[value_store_tests(settled, monotonic, linearizable)]
fn snapshots(context: &Context) -> impl ValueStore {
    let newest = RwLock::<Arc<BTreeMap<Vec<u8>, Bytes>>>::default();
    serve((member(context), newest), |state, request| async move {
        let (from, newest) = &*state;
        let Some(value) = request.value else {
            let snapshot = Arc::clone(&newest.read().unwrap());
            return found(*from, snapshot.get(&request.key).cloned());
        };
        loop {
            let old = Arc::clone(&newest.read().unwrap());
            let mut new = BTreeMap::clone(&old);
            new.insert(request.key.clone(), value.clone());
            let mut newest = newest.write().unwrap();
            if Arc::ptr_eq(&newest, &old) {
                *newest = Arc::new(new);
                return Ok(None);
            }
        }
    })
}

/// Keys are spread over seven lists by the sum of their bytes, and compared within each.
#[value_store_tests(settled, monotonic, linearizable)]
fn shards(context: &Context) -> impl ValueStore {
    type Shard = Mutex<Vec<(Vec<u8>, Bytes)>>;
    let shards: [Shard; 7] = Default::default();
    serve((member(context), shards), |state, Request { key, value, .. }| async move {
        let sum: usize = key.iter().copied().map(usize::from).sum();
        let mut shard = state.1[sum % 7].lock().unwrap();
        let place = shard.iter().position(|(other, _)| *other == key);
        match (place, value) {
            (place, None) => found(state.0, place.map(|place| shard[place].1.clone())),
            (Some(place), Some(value)) => {
                shard[place].1 = value;
                Ok(None)
            }
            (None, Some(value)) => {
                shard.push((key, value));
                Ok(None)
            }
        }
    })
}
