//! Faults that depend on the keys and values that are drawn, and so strike by chance. With the seed in a report, the same keys
//! and values are drawn again, and the same calls fail.

use std::collections::BTreeSet;
use std::thread;
use std::time::Duration;

use value_store::conformance::{Outcome, Report, check};
use value_store::stores::MemoryStore;
use value_store::{Bytes, Context, Error, GetValueResult, Options, PeerId, ValueStore, async_trait};
use value_store_tests::printed::without_durations;

/// What goes wrong with a value when it is put, and when it is returned by a get.
#[derive(Clone, Copy)]
struct Fault {
    cases: &'static str,
    put: fn(&[u8], Bytes) -> Result<Bytes, Error>,
    get: fn(&[u8], GetValueResult) -> Result<GetValueResult, Error>,
    deadline: Duration,
}

/// A tenth of the deadline is enough to make a failure as small as it can be, however busy the machine is.
const LONG: Duration = Duration::from_secs(600);

const RIGHT: Fault = Fault { cases: "", put: |_, value| Ok(value), get: |_, found| Ok(found), deadline: LONG };

/// Whether the fault strikes these bytes: it does for about one in `one_in` of the keys or values that are drawn.
fn strikes(bytes: &[u8], one_in: u64) -> bool {
    let hash = bytes
        .iter()
        .fold(0xcbf2_9ce4_8422_2325_u64, |hash, byte| (hash ^ u64::from(*byte)).wrapping_mul(0x0000_0100_0000_01b3));
    (hash >> 32).is_multiple_of(one_in)
}

fn get_fails_on(key: &[u8], one_in: u64, error: fn() -> Error, found: GetValueResult) -> Result<GetValueResult, Error> {
    if strikes(key, one_in) { Err(error()) } else { Ok(found) }
}

const ROUND_TRIP: &str = "round_trip";
const MANY_KEYS: &str = "round_trip::many_keys_each_their_own";
const OVERWRITE: &str = "overwrite";
const VALUES: &str = "value_fidelity";
const OPTIONS: &str = "options";
const SOURCES: &str = "provenance";

const FAULTS: [Fault; 10] = [
    Fault { cases: ROUND_TRIP, get: |key, found| get_fails_on(key, 97, || Error::NotFound, found), ..RIGHT },
    Fault {
        cases: ROUND_TRIP,
        get: |key, found| get_fails_on(key, 61, || Error::backend("page fault"), found),
        ..RIGHT
    },
    Fault { cases: MANY_KEYS, get: |key, found| get_fails_on(key, 151, || panic!("no such page"), found), ..RIGHT },
    Fault {
        cases: MANY_KEYS,
        get: |key, found| get_fails_on(key, 151, block, found),
        // Long enough for a store in memory, and short to wait for.
        deadline: Duration::from_secs(3),
        ..RIGHT
    },
    Fault {
        cases: ROUND_TRIP,
        put: |_, value| if strikes(&value, 89) { Ok(Bytes::new()) } else { Ok(value) },
        ..RIGHT
    },
    Fault {
        cases: OVERWRITE,
        put: |_, value| if strikes(&value, 23) { Err(Error::Timeout) } else { Ok(value) },
        ..RIGHT
    },
    Fault {
        cases: OVERWRITE,
        put: |key, value| Ok(if strikes(key, 3) { value.slice(..value.len() / 2) } else { value }),
        ..RIGHT
    },
    Fault { cases: VALUES, put: |key, value| Ok(if strikes(key, 7) { reversed(&value) } else { value }), ..RIGHT },
    Fault {
        cases: OPTIONS,
        put: |key, value| Ok(if strikes(key, 9) { value.repeat(2).into() } else { value }),
        ..RIGHT
    },
    Fault {
        cases: SOURCES,
        get: |key, found| Ok(if strikes(key, 11) { from_a_stranger(found) } else { found }),
        ..RIGHT
    },
];

fn block() -> Error {
    loop {
        std::thread::park();
    }
}

fn reversed(value: &[u8]) -> Bytes {
    value.iter().rev().copied().collect()
}

fn from_a_stranger(found: GetValueResult) -> GetValueResult {
    GetValueResult { from: peer("12D3KooWQYV9dGMFoRzNStwpXztXaBUjtPqi6aU76ZgUriHhKust"), ..found }
}

fn peer(id: &str) -> PeerId {
    id.parse().unwrap()
}

struct Faulty(MemoryStore, Fault);

#[async_trait]
impl ValueStore for Faulty {
    async fn put(&self, key: &[u8], value: Bytes, options: &Options) -> Result<(), Error> {
        self.0.put(key, (self.1.put)(key, value)?, options).await
    }

    async fn get(&self, key: &[u8], options: &Options) -> Result<GetValueResult, Error> {
        (self.1.get)(key, self.0.get(key, options).await?)
    }
}

fn run(fault: Fault, cases: &str, seed: u64) -> Report {
    let factory = async move |context: &Context| {
        let store = MemoryStore::with_peer_id(peer("12D3KooWDpJ7As7BWAwRMfu1VU2WCqNjvq387JEYKDBj4kx6nXTN"));
        context.member(store.peer_id());
        Faulty(store, fault)
    };
    check(factory).only(cases).seed(seed).deadline(fault.deadline).anyway().run()
}

/// The first case that failed: its name, and its report without how long calls took.
fn failure(report: &Report) -> Option<(String, String)> {
    report.cases.iter().find_map(|case| match &case.outcome {
        Outcome::Failed { report } => Some((case.name.clone(), without_durations(report))),
        _ => None,
    })
}

/// The seed in the line of the report that says how to run the case again.
fn seed_in(report: &str) -> u64 {
    let (_, rest) = report.split_once(".seed(0x").expect("a report says how to run the case again");
    let (digits, _) = rest.split_once(')').expect("a call");
    u64::from_str_radix(digits, 16).expect("a seed")
}

#[test]
fn the_seed_in_a_report_replays_the_failure_each_time() {
    thread::scope(|scope| {
        for fault in FAULTS {
            scope.spawn(move || {
                let first = (0..100).find_map(|seed| failure(&run(fault, fault.cases, seed)));
                let (case, report) = first.expect("the fault strikes with one seed out of a hundred");
                let seed = seed_in(&report);
                for _ in 0..5 {
                    assert_eq!(failure(&run(fault, &case, seed)), Some((case.clone(), report.clone())));
                }
            });
        }
    });
}

/// Where the fault struck: the case that failed first, and how many calls it had made.
fn place(failure: (String, String)) -> (String, String) {
    let (case, report) = failure;
    let made = report.lines().find_map(|line| line.strip_prefix("  note: the case made ")?.split_whitespace().next());
    (case, made.unwrap_or_default().to_owned())
}

/// Otherwise the other test would show nothing.
#[test]
fn the_faults_strike_by_chance() {
    for fault in FAULTS.into_iter().filter(|fault| fault.cases != MANY_KEYS) {
        let places: BTreeSet<_> = (0..12).map(|seed| failure(&run(fault, fault.cases, seed)).map(place)).collect();
        assert!(places.len() > 2, "it strikes at the same place with each seed: {places:?}");
    }
}
