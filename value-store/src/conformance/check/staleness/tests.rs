//! What is seen of stores that lag by a known amount, and what is said of it.

use std::collections::HashMap;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};

use async_trait::async_trait;
use bytes::Bytes;

use super::*;
use crate::conformance::check::{Check, check};
use crate::conformance::history::{Call, History, Kind, Outcome, Refusal};
use crate::conformance::subject::Claim;
use crate::stores::MemoryStore;
use crate::{Error, GetValueResult, Options, PeerId, ValueStore};

/// What a check of one case sees, whatever becomes of the case.
fn seen(check: Check) -> Option<Staleness> {
    check.only("at_rest").staleness().run().staleness
}

/// The values of each key, oldest first. A handle returns the one that is `behind` puts older than the newest.
struct Behind {
    values: Arc<Mutex<HashMap<Vec<u8>, Vec<Bytes>>>>,
    behind: usize,
}

#[async_trait]
impl ValueStore for Behind {
    async fn put(&self, key: &[u8], value: Bytes, _: &Options) -> Result<(), Error> {
        self.values.lock().unwrap().entry(key.to_vec()).or_default().push(value);
        Ok(())
    }

    async fn get(&self, key: &[u8], _: &Options) -> Result<GetValueResult, Error> {
        let values = self.values.lock().unwrap();
        let of_the_key = values.get(key).map_or(&[][..], Vec::as_slice);
        let place = of_the_key.len().checked_sub(1 + self.behind).ok_or(Error::NotFound)?;
        Ok(GetValueResult { from: PeerId::random(), val: of_the_key[place].clone() })
    }
}

/// A check of a store whose handles are so many puts behind, one after the other.
fn behind(puts: &'static [usize]) -> Check {
    let handles = AtomicUsize::new(0);
    check(async move |context| {
        let values = context.share(async || Ok::<_, String>(Arc::default())).await.unwrap();
        let behind = puts[handles.fetch_add(1, Ordering::SeqCst) % puts.len()];
        Behind { values: Arc::clone(&values), behind }
    })
}

#[test]
fn nothing_stale_is_seen_of_a_store_in_memory() {
    let alone = seen(check(async |_| MemoryStore::new())).unwrap();
    assert_eq!((alone.stale, alone.handles, alone.never_arrived, alone.trouble.clone()), (0, 1, 0, None), "{alone}");
    assert!(alone.to_string().starts_with(&format!("No stale read was seen in {} gets.", alone.gets)), "{alone}");
    let shared = check(async |context| {
        let store = context.share(async || Ok::<_, String>(MemoryStore::new())).await.unwrap();
        store.clone()
    });
    let shared = seen(shared.claim(Claim::Shared)).unwrap();
    assert_eq!((shared.stale, shared.handles), (0, 3), "{shared}");
    assert!(shared.to_string().contains(" gets through 3 handles."), "{shared}");
}

#[test]
fn a_handle_that_is_one_put_behind_is_so_in_every_get() {
    let staleness = seen(behind(&[1])).unwrap();
    assert_eq!((staleness.handles, staleness.most_puts_behind), (1, 1), "{staleness}");
    assert_eq!(staleness.stale, staleness.gets, "{staleness}");
    assert!(staleness.gets > 0 && staleness.arrival.is_none() && staleness.never_arrived > 0, "{staleness}");
}

#[test]
fn only_the_handles_that_lag_are_stale() {
    let staleness = seen(behind(&[0, 2]).claim(Claim::Shared)).unwrap();
    assert_eq!(staleness.most_puts_behind, 2, "{staleness}");
    assert!(staleness.stale > 0 && staleness.stale < staleness.gets, "{staleness}");
}

#[test]
fn what_claims_to_be_up_to_date_is_not_measured() {
    for claim in [Claim::Linearizable, Claim::Convergent] {
        assert_eq!(seen(behind(&[1]).claim(claim)), None);
    }
    assert_eq!(behind(&[1]).only("at_rest").run().staleness, None);
}

#[test]
fn a_store_that_returns_nothing_of_what_was_put_is_not_measured() {
    let report = behind(&[1]).only("round_trip::put_then_get").staleness().run();
    assert!(!report.is_success() && report.staleness.is_none(), "{report}");
}

#[test]
fn what_goes_wrong_is_told_and_fails_nothing() {
    struct Full;

    #[async_trait]
    impl ValueStore for Full {
        async fn put(&self, _: &[u8], _: Bytes, _: &Options) -> Result<(), Error> {
            Err(Error::backend("no room"))
        }

        async fn get(&self, _: &[u8], _: &Options) -> Result<GetValueResult, Error> {
            Err(Error::NotFound)
        }
    }

    let full = check(async |_| Full).only("convergent").staleness().run();
    assert!(full.is_success(), "{full}");
    let told = full.staleness.unwrap().to_string();
    assert!(told.contains("calls failed, first a put with Backend: no room"), "{told}");

    let closed = check(async |_| Err::<MemoryStore, _>("closed on Sundays")).only("convergent").staleness().run();
    assert!(closed.is_success(), "{closed}");
    let told = closed.staleness.unwrap().to_string();
    assert!(told.contains("was not seen. Meanwhile, the factory returned an error: closed on Sundays."), "{told}");

    let panics = check(async |_| -> MemoryStore { panic!("no way") }).only("convergent").staleness().run();
    assert!(panics.staleness.unwrap().to_string().contains("the store panicked: no way"));
}

#[test]
fn a_store_that_hangs_is_left_at_the_deadline() {
    struct Hangs;

    #[async_trait]
    impl ValueStore for Hangs {
        async fn put(&self, _: &[u8], _: Bytes, _: &Options) -> Result<(), Error> {
            std::future::pending().await
        }

        async fn get(&self, _: &[u8], _: &Options) -> Result<GetValueResult, Error> {
            std::future::pending().await
        }
    }

    let check = check(async |_| Hangs).only("convergent").deadline(Duration::from_millis(50)).staleness();
    let told = check.run().staleness.unwrap().to_string();
    assert!(told.contains("calls had not ended after 1 s"), "{told}");
}

/// Puts and gets of one key through one handle, one after the other: `put a`, `get a`, and `put a!` or `get a!` for one that fails.
fn counted(calls: &[&str]) -> Staleness {
    let history = History::new();
    let failure = || Outcome::Failed(Refusal { kind: Kind::Timeout, chain: Vec::new() });
    for call in calls {
        let (name, value) = call.split_once(' ').unwrap();
        let val = Bytes::copy_from_slice(value.trim_end_matches('!').as_bytes());
        let (call, outcome) = match (name, value) {
            ("put", value) if value.ends_with('!') => (Call::Put(val), failure()),
            ("get", value) if value.ends_with('!') => (Call::Get, failure()),
            ("put", _) => (Call::Put(val), Outcome::Stored),
            _ => (Call::Get, Outcome::Found(GetValueResult { from: PeerId::random(), val })),
        };
        let index = history.begin(1, call, "k".into(), Arc::default());
        history.end(index, outcome);
    }
    count::count(&history.operations(), None)
}

#[test]
fn puts_that_are_newer_and_acknowledged_count_and_others_do_not() {
    let figures = |calls: &[&str]| {
        let Staleness { gets, stale, most_puts_behind, .. } = counted(calls);
        (gets, stale, most_puts_behind)
    };
    assert_eq!(figures(&["put a", "put b", "get b", "get a"]), (2, 1, 1));
    assert_eq!(figures(&["put a", "get a", "put b", "put c", "get a", "get b", "get c"]), (4, 2, 2));
    assert_eq!(figures(&["put a", "put b!", "get a", "get b"]), (2, 0, 0), "nobody knows whether b was put");
    assert_eq!(figures(&["put a", "put b!", "put c", "get a", "get b"]), (2, 1, 1), "b may land after c");
    assert_eq!(figures(&["put a", "get x"]), (0, 0, 0), "nobody put x");
}

#[test]
fn a_value_has_arrived_when_it_was_returned_and_not_when_nobody_asked() {
    let arrival = |calls: &[&str]| (counted(calls).arrival.is_some(), counted(calls).never_arrived);
    assert_eq!(arrival(&["put a", "put b", "get a", "get b"]), (true, 0));
    assert_eq!(arrival(&["put a", "put b", "get a", "get a"]), (false, 1));
    assert_eq!(arrival(&["put a", "put b", "get b", "get a"]), (false, 1), "it went back");
    assert_eq!(arrival(&["put a", "put b", "get b", "get a", "get b"]), (true, 0));
    assert_eq!(arrival(&["put a", "get a", "put b"]), (false, 0));
    assert_eq!(arrival(&["put a", "put b!", "get a"]), (false, 0));
    assert_eq!(arrival(&["put a", "get a", "get a!"]), (true, 0), "a get that failed says nothing");
    assert_eq!(arrival(&["put a", "get a!"]), (false, 0));
}

#[test]
fn the_sentence_has_all_that_was_seen() {
    let mut staleness = Staleness {
        handles: 3,
        puts: 40,
        gets: 400,
        stale: 37,
        most_puts_behind: 3,
        longest_behind: Duration::from_millis(21),
        arrival: Some(Arrival::new(Duration::from_millis(12), Duration::from_millis(40))),
        never_arrived: 0,
        waited: Duration::from_secs(1),
        trouble: None,
    };
    assert_eq!(
        staleness.to_string(),
        "Reads may be stale: 37 of 400 gets through 3 handles returned an older value or none, at most 3 puts and 21 ms behind. \
         The last value was seen by all handles after 12 ms (median), 40 ms at most. No verdict hangs on this."
    );
    staleness.never_arrived = 1;
    staleness.trouble = Some("1 of 440 calls failed, first a get with Timeout".to_owned());
    let ending = "One value was not seen by all handles within 1 s. Meanwhile, 1 of 440 calls failed, first a get with Timeout. \
                  No verdict hangs on this.";
    assert!(staleness.to_string().ends_with(ending), "{staleness}");
}
