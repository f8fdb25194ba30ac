//! Hints for handles that returned an older value than before.

use super::*;
use crate::conformance::history::WentBack;

/// The hint if the last get of these calls went back behind the put with the index `newer`, which `before` had returned.
fn told(lines: &[&str], newer: usize, before: usize) -> String {
    let story = Story::of(AnyRun, lines);
    let get = story.operations.iter().rposition(|operation| matches!(operation.call, Call::Get)).unwrap();
    let is_missing = story.operations[get].outcome().is_some_and(|outcome| outcome.is(Kind::NotFound));
    let older = (!is_missing).then_some(0);
    story.hint(&Failure::WentBack(WentBack { get, older, before, newer })).unwrap_or_default()
}

#[test]
fn an_outage_is_the_first_thing_to_think_of() {
    let calls = ["put k v1 -> ok", "put k v2 -> ok", "get k -> v2", "-- stall", "get k -> v1"];
    assert!(told(&calls, 1, 2).starts_with("does the handle fall back on an older copy while the backend is away"));
}

#[test]
fn a_get_that_took_long_is_named() {
    let calls = ["put k v1 -> ok", "put k v2 -> ok", "get k -> v2", "& get k -> v1", "get k -> v1"];
    let mut story = Story::of(AnyRun, &calls);
    // It began before the second put had ended.
    story.operations[3].events.0 = 22;
    let went_back = WentBack { get: 4, older: Some(0), before: 2, newer: 1 };
    let expected = "get 4 began before put 2 had ended, and ended later: is what it read kept, over the newer value?";
    assert_eq!(story.hint(&Failure::WentBack(went_back)).unwrap(), expected);
}

#[test]
fn a_put_that_was_under_way_is_named() {
    let mut story = Story::of(AnyRun, &["put k v1 -> ok", "put k v2 -> ok", "get k -> v2", "get k -> v1"]);
    story.operations[1].events.1 = Some(100);
    let hint = story.hint(&Failure::WentBack(WentBack { get: 3, older: Some(0), before: 2, newer: 1 })).unwrap();
    assert!(hint.starts_with("put 2 was under way: does it reach one copy after the other"), "{hint}");
}

#[test]
fn what_differs_between_the_gets_is_told() {
    let calls = ["put k v1 -> ok", "put k v2 -> ok", "get k -> v2", "get k -> v1"];
    let mut story = Story::of(AnyRun, &calls);
    story.operations[3].task = 2;
    let went_back = Failure::WentBack(WentBack { get: 3, older: Some(0), before: 2, newer: 1 });
    assert!(story.hint(&went_back).unwrap().starts_with("different tasks or threads made the two gets"));
    assert!(told(&calls, 1, 2).starts_with("does another copy or a cache answer, which is older"));
    let missing = told(&["put k v1 -> ok", "get k -> v1", "get k -> NotFound"], 0, 1);
    assert!(missing.starts_with("is a miss remembered, or does another copy answer"), "{missing}");
}
