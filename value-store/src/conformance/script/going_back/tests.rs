//! Histories in which a handle goes back, and some in which nobody knows.

use std::sync::Arc;

use super::*;
use crate::conformance::history::{History, Refusal};
use crate::{GetValueResult, Options, PeerId};

/// Reads calls: `put v1` or `get v1`, with the name of the handle before it if that is not 1. A call begins at its word, and
/// ends at once, unless `…` follows: then it ends at `end`, in the order of begin. `get -` finds nothing, `put v1!` fails, and
/// `put v1?` never ends.
fn judged(calls: &[&str]) -> Option<WentBack> {
    let history = History::new();
    let mut open = std::collections::VecDeque::new();
    for call in calls {
        if *call == "end" {
            let (index, outcome) = open.pop_front().expect("a call that is open");
            history.end(index, outcome);
            continue;
        }
        let (handle, call) = match call.split_once(": ") {
            Some((handle, call)) => (handle.parse().unwrap(), call),
            None => (1, *call),
        };
        let (name, value) = call.split_once(' ').unwrap();
        let plain = value.trim_end_matches(['…', '!', '?']);
        let made = if name == "put" { Call::Put(Bytes::copy_from_slice(plain.as_bytes())) } else { Call::Get };
        let index = history.begin(handle, made, "k".into(), Arc::new(Options::new()));
        let outcome = outcome(name, plain, value.contains('!'));
        match value {
            value if value.ends_with('?') => {}
            value if value.ends_with('…') => open.push_back((index, outcome)),
            _ => history.end(index, outcome),
        }
    }
    assert!(open.is_empty(), "each call that is open ends");
    went_back(&history.operations())
}

fn outcome(name: &str, value: &str, fails: bool) -> Outcome {
    let failed = |kind| Outcome::Failed(Refusal { kind, chain: Vec::new() });
    match (name, value) {
        _ if fails => failed(Kind::Backend),
        ("put", _) => Outcome::Stored,
        (_, "-") => failed(Kind::NotFound),
        (_, value) => {
            Outcome::Found(GetValueResult { from: PeerId::random(), val: Bytes::copy_from_slice(value.as_bytes()) })
        }
    }
}

#[test]
fn an_older_value_after_a_newer_one_goes_back() {
    let calls = ["put a", "put b", "get b", "get a"];
    assert_eq!(judged(&calls), Some(WentBack { get: 3, older: Some(0), before: 2, newer: 1 }));
    let missing = ["put a", "get a", "get -"];
    assert_eq!(judged(&missing), Some(WentBack { get: 2, older: None, before: 1, newer: 0 }));
}

#[test]
fn what_was_read_in_between_does_not_hide_it() {
    let calls = ["put a", "put b", "put c", "get c", "get b", "get b"];
    assert_eq!(judged(&calls), Some(WentBack { get: 4, older: Some(1), before: 3, newer: 2 }));
    let beside = ["put a", "put b", "get b", "get b", "get a"];
    assert_eq!(judged(&beside), Some(WentBack { get: 4, older: Some(0), before: 2, newer: 1 }));
}

#[test]
fn a_put_that_is_under_way_may_be_seen_and_then_stays() {
    let calls = ["put a", "put b…", "get b", "get a", "end"];
    assert_eq!(judged(&calls), Some(WentBack { get: 3, older: Some(0), before: 2, newer: 1 }));
    assert_eq!(judged(&["put a", "put b…", "get a", "get b", "end", "get b"]), None);
}

#[test]
fn each_handle_goes_its_own_way() {
    assert_eq!(judged(&["put a", "put b", "get b", "2: get a", "2: get b", "3: get -", "3: get a"]), None);
    assert!(judged(&["put a", "put b", "2: get b", "get a", "2: get a"]).is_some_and(|found| found.get == 4));
}

#[test]
fn gets_at_the_same_time_have_no_order() {
    assert_eq!(judged(&["put a", "put b", "get a…", "get b", "end"]), None);
    assert_eq!(judged(&["put a", "put b", "get b…", "get a", "end"]), None);
    assert_eq!(judged(&["put a", "put b", "get b…", "get a…", "end", "end"]), None);
    assert!(judged(&["put a", "put b", "get a…", "get b", "end", "get a"]).is_some_and(|found| found.get == 4));
}

#[test]
fn puts_at_the_same_time_have_no_order() {
    assert_eq!(judged(&["put a…", "put b", "end", "get b", "get a", "get b"]), None);
}

#[test]
fn a_put_that_is_not_known_to_have_ended_well_has_no_age() {
    for not_ok in ["put b!", "put b?"] {
        assert_eq!(judged(&["put a", not_ok, "get b", "get a"]), None, "{not_ok}");
        assert_eq!(judged(&[not_ok, "put c", "get c", "get b"]), None, "{not_ok}");
        assert_eq!(judged(&[not_ok, "get b", "get -"]), None, "{not_ok}");
    }
}

#[test]
fn a_value_that_was_put_again_is_as_new_as_its_last_put_and_as_old_as_its_first() {
    assert_eq!(judged(&["put a", "put b", "put a", "get b", "get a"]), None);
    assert_eq!(judged(&["put a", "put b", "put a", "get a", "get b"]), None);
    let calls = ["put a", "put b", "put c", "put b", "get c", "get a"];
    assert_eq!(judged(&calls), Some(WentBack { get: 5, older: Some(0), before: 4, newer: 2 }));
}

#[test]
fn a_value_that_nobody_put_is_another_fault() {
    assert_eq!(judged(&["put a", "put b", "get b", "get x", "get b"]), None);
}
