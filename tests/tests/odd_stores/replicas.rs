//! Stores whose puts reach one replica after the other, and whose handles do not go back for all that.

use std::collections::HashMap;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use value_store::{Bytes, Context, Error, GetValueResult, PeerId, ValueStore, value_store_tests};

use crate::serve::{Answer, Request, serve};

/// How late each replica is.
const LATE: [Duration; 3] = [Duration::from_millis(4), Duration::from_millis(30), Duration::from_millis(11)];

/// What was put to a key, and when.
type Puts = Vec<(Instant, Bytes)>;

/// A replica has what was put to each key so long ago.
struct Replicas {
    puts: Mutex<HashMap<Vec<u8>, Puts>>,
    handles: AtomicUsize,
    peer_id: PeerId,
}

impl Replicas {
    async fn of(context: &Context) -> Arc<Self> {
        let new = async || {
            let (puts, handles, peer_id) = (Mutex::default(), AtomicUsize::new(0), PeerId::random());
            Ok::<_, Error>(Arc::new(Self { puts, handles, peer_id }))
        };
        let replicas = context.share(new).await.expect("it cannot fail");
        context.member(replicas.peer_id);
        Arc::clone(&replicas)
    }

    /// The number of the newest put that a replica has, from 1, or zero.
    fn newest(&self, replica: usize, key: &[u8]) -> usize {
        let (puts, now) = (self.puts.lock().unwrap(), Instant::now());
        let has_come = |put: &Instant| now.duration_since(*put) >= LATE[replica % LATE.len()];
        puts.get(key).and_then(|puts| puts.iter().rposition(|(put, _)| has_come(put))).map_or(0, |place| place + 1)
    }

    /// Puts a value, and returns its number.
    fn put(&self, key: Vec<u8>, value: Bytes) -> usize {
        let mut puts = self.puts.lock().unwrap();
        let of_the_key = puts.entry(key).or_default();
        of_the_key.push((Instant::now(), value));
        of_the_key.len()
    }

    fn value(&self, key: &[u8], number: usize) -> Answer {
        let place = number.checked_sub(1).ok_or(Error::NotFound)?;
        let val = self.puts.lock().unwrap()[key][place].1.clone();
        Ok(Some(GetValueResult { from: self.peer_id, val }))
    }
}

/// The numbers of the newest puts that a handle has made or seen.
type Newest = Mutex<HashMap<Vec<u8>, usize>>;

/// Puts, or gets from this replica what is no older than what the handle knows.
fn serve_from(replicas: &Replicas, newest: &Newest, replica: usize, request: Request) -> Answer {
    let mut newest = newest.lock().unwrap();
    let known = newest.entry(request.key.clone()).or_default();
    if let Some(value) = request.value {
        *known = replicas.put(request.key, value);
        return Ok(None);
    }
    *known = replicas.newest(replica, &request.key).max(*known);
    replicas.value(&request.key, *known)
}

/// Each handle stays with a replica, and remembers only its own puts.
#[value_store_tests(shared, convergent, monotonic, settled, propagation = "200ms")]
async fn stays_with_a_replica(context: &Context) -> impl ValueStore {
    let replicas = Replicas::of(context).await;
    let replica = replicas.handles.fetch_add(1, Ordering::SeqCst);
    serve((replicas, Newest::default()), move |state, request| async move {
        let (replicas, own) = &*state;
        if request.value.is_some() {
            return serve_from(replicas, own, replica, request);
        }
        let own = own.lock().unwrap().get(&request.key).copied().unwrap_or_default();
        replicas.value(&request.key, replicas.newest(replica, &request.key).max(own))
    })
}

/// Gets go to the replicas by turns, and the handle remembers the newest put that it has seen.
#[value_store_tests(shared, convergent, monotonic, settled, propagation = "200ms")]
async fn remembers_what_it_has_seen(context: &Context) -> impl ValueStore {
    serve((Replicas::of(context).await, Newest::default(), AtomicUsize::new(0)), |state, request| async move {
        let (replicas, newest, turns) = &*state;
        serve_from(replicas, newest, turns.fetch_add(1, Ordering::SeqCst), request)
    })
}

/// The same on threads.
#[value_store_tests(shared, monotonic, propagation = "200ms", flavor = "multi_thread", worker_threads = 2)]
async fn remembers_on_threads(context: &Context) -> impl ValueStore {
    serve((Replicas::of(context).await, Newest::default(), AtomicUsize::new(0)), |state, request| async move {
        let (replicas, newest, turns) = &*state;
        serve_from(replicas, newest, turns.fetch_add(1, Ordering::SeqCst), request)
    })
}

/// Gets go to the replicas by turns, and the handle remembers only its own puts: so it may go back, for as long as a replica
/// is late.
#[value_store_tests(shared, convergent, settled, faults, propagation = "200ms")]
async fn goes_back(context: &Context) -> impl ValueStore {
    let state = (Replicas::of(context).await, Newest::default(), AtomicUsize::new(0), context.gate());
    serve(state, |state, request| async move {
        let (replicas, own, turns, gate) = &*state;
        gate.pass().await?;
        let replica = turns.fetch_add(1, Ordering::SeqCst);
        if request.value.is_some() {
            return serve_from(replicas, own, replica, request);
        }
        let own = own.lock().unwrap().get(&request.key).copied().unwrap_or_default();
        replicas.value(&request.key, replicas.newest(replica, &request.key).max(own))
    })
}
