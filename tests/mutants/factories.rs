//! Faults of factories: stores that get into each other's way, or do not end.

use std::cell::RefCell;
use std::collections::BTreeSet;
use std::sync::atomic::Ordering;
use std::sync::{Arc, Mutex, PoisonError};

use value_store::Error;

use crate::mutant::{Mutant, mutant};
use crate::store::{Base, step};

pub(crate) const MUTANTS: &[Mutant] = &[
    mutant("one map for all worlds").caught_by("factory::starts_empty", "returned \"left\" (4 B)").opened(|_| {
        static ALL: Mutex<Option<Arc<Base>>> = Mutex::new(None);
        Arc::clone(ALL.lock().unwrap_or_else(PoisonError::into_inner).get_or_insert_default())
    }),
    mutant("dropping waits for a call that was dropped")
        .caught_by("factory::drop_finishes", "dropping the store had not ended when the deadline of 40 s had")
        .put(step!(|base, key, value, _| {
            base.next();
            tokio::task::yield_now().await;
            base.count.fetch_sub(1, Ordering::SeqCst);
            base.write(key, value)
        }))
        .dropped(|base| {
            while base.count.load(Ordering::SeqCst) > 0 {
                std::thread::park_timeout(std::time::Duration::from_secs(1));
            }
        }),
    mutant("dropping needs a runtime")
        .caught_by(
            "factory::drop_outside_a_runtime",
            "the store panicked when it was dropped: there is no reactor running, must be called from the",
        )
        .dropped(|_| drop(tokio::runtime::Handle::current())),
    mutant("misses are remembered for all worlds")
        .caught_by("factory::worlds_are_independent", "ended with NotFound")
        .get(step!(|base, key, _| {
            static MISSES: Mutex<BTreeSet<Vec<u8>>> = Mutex::new(BTreeSet::new());
            let mut misses = MISSES.lock().unwrap();
            match base.read(key) {
                Ok(_) if misses.remove(key) => Err(Error::NotFound),
                Err(_) if key.ends_with(b"k") => {
                    misses.insert(key.to_vec());
                    Err(Error::NotFound)
                }
                found => found,
            }
        })),
    mutant("a store that is not used cannot be dropped")
        .caught_by("factory::drop_finishes", "the store panicked when it was dropped: no writer to join")
        .put(step!(|base, key, value, _| {
            base.next();
            base.write(key, value)
        }))
        .dropped(|base| assert!(base.count.load(Ordering::SeqCst) > 0, "no writer to join")),
    mutant("closing a store empties those beside it")
        .caught_by("factory::worlds_come_and_go", "another store was closed in between: does that empty this one, too?")
        .opened(|last| {
            let base = last.unwrap_or_default();
            OPEN.with_borrow_mut(|open| open.push(Arc::clone(&base)));
            base
        })
        .dropped(|base| {
            OPEN.with_borrow(|open| {
                for other in open.iter().filter(|other| !std::ptr::eq(Arc::as_ptr(other), base)) {
                    other.values.lock().unwrap().clear();
                }
            });
        }),
];

thread_local! {
    /// What this case has opened: each case has a thread of its own.
    static OPEN: RefCell<Vec<Arc<Base>>> = const { RefCell::new(Vec::new()) };
}
