//! Stores that answer for several peers.

use std::sync::atomic::{AtomicUsize, Ordering};

use value_store::stores::MemoryStore;
use value_store::{Context, PeerId, ValueStore, value_store_tests};

use crate::serve::{memory, serve};

/// Three peers have every value, and answer in turn.
#[value_store_tests(settled, monotonic, linearizable)]
fn in_turn(context: &Context) -> impl ValueStore {
    let peers = [(); 3].map(|()| PeerId::random());
    for peer in peers {
        context.member(peer);
    }
    serve((MemoryStore::new(), peers, AtomicUsize::new(0)), |state, request| async move {
        let (store, peers, turn) = &*state;
        let mut answer = request.on(store).await?;
        if let Some(found) = &mut answer {
            found.from = peers[turn.fetch_add(1, Ordering::Relaxed) % peers.len()];
        }
        Ok(answer)
    })
}

/// Every world has the same single peer. Its id is of no key: it is an identity multihash of four bytes.
#[value_store_tests(settled, monotonic, linearizable)]
fn always_the_same(context: &Context) -> MemoryStore {
    let peer = PeerId::from_bytes(&[0, 4, 1, 2, 3, 4]).expect("an identity multihash of four bytes");
    context.member(peer);
    MemoryStore::with_peer_id(peer)
}

/// The world has a hundred peers besides the one that has everything.
#[value_store_tests(settled, monotonic, linearizable)]
fn among_many(context: &Context) -> MemoryStore {
    (0..100).for_each(|_| context.member(PeerId::random()));
    memory(context)
}

/// The factory names no members.
#[value_store_tests(settled, monotonic, linearizable)]
fn unnamed() -> MemoryStore {
    MemoryStore::new()
}
