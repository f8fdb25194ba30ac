//! Sentences about calls that no order explains, about handles that went back, and about keys without a value.

use super::*;
use crate::conformance::history::Refusal;
use crate::{GetValueResult, Options, PeerId};

/// Two puts, of "a" and "b"; gets of "a", "b", "a", "b"; and a miss.
fn operations() -> Vec<Operation> {
    let history = History::new();
    let [a, b] = ["a", "b"].map(::bytes::Bytes::from);
    let found = |value: &::bytes::Bytes| GetValueResult { from: PeerId::random(), val: value.clone() };
    let gets = [&a, &b, &a, &b].map(|value| (Call::Get, Outcome::Found(found(value))));
    let miss = (Call::Get, Outcome::Failed(Refusal { kind: Kind::NotFound, chain: Vec::new() }));
    let puts = [a, b].map(|value| (Call::Put(value), Outcome::Stored));
    for (call, outcome) in puts.into_iter().chain(gets).chain([miss]) {
        let index = history.begin(1, call, "k".into(), Options::new().into());
        history.end(index, outcome);
    }
    history.operations()
}

fn seen(write: usize, by: usize) -> Sighting {
    Sighting { write, by }
}

#[track_caller]
fn check(violation: Violation, expected: &str) {
    assert_eq!(not_linearizable(&operations(), &violation), expected);
}

#[test]
fn of_a_value_that_cannot_be_there() {
    check(Violation::FromNowhere { read: 2 }, r#"get 3 returned "a" (1 B), which is the value of no put to the key"#);
    check(
        Violation::FromTheFuture { read: 2, write: 0 },
        r#"get 3 returned "a" (1 B), the value of put 1, which began after get 3 had ended"#,
    );
}

#[test]
fn of_a_value_that_was_lost() {
    check(
        Violation::Lost { read: 6, seen: seen(1, 1) },
        "get 7 ended with NotFound, though put 2 had ended before get 7 began",
    );
    check(
        Violation::Lost { read: 6, seen: seen(1, 3) },
        "get 7 ended with NotFound, though get 4 had returned the value of put 2 before get 7 began",
    );
}

#[test]
fn of_a_value_that_was_replaced() {
    check(
        Violation::Stale { read: 4, old: seen(0, 0), newer: seen(1, 1), begun: 1 },
        "get 5 returned \"a\" (1 B), the value of put 1, though put 2 began after put 1 had ended, and ended before \
         get 5 began",
    );
    check(
        Violation::Stale { read: 4, old: seen(0, 2), newer: seen(1, 3), begun: 1 },
        "get 5 returned \"a\" (1 B), the value of put 1, though put 2 began after get 3 had returned it, and get 4 had \
         returned its value before get 5 began",
    );
    check(
        Violation::Stale { read: 4, old: seen(0, 0), newer: seen(1, 3), begun: 3 },
        "get 5 returned \"a\" (1 B), the value of put 1, though get 4 began after put 1 had ended, and returned the \
         value of put 2 before get 5 began",
    );
}

#[test]
fn of_two_values_each_of_which_is_the_older() {
    check(
        Violation::Crossed { reads: [4, 5], seen: [seen(0, 0), seen(1, 3)] },
        "get 5 returned \"a\" (1 B), the value of put 1, after get 4 had returned the value of put 2, and get 6 \
         returned \"b\" (1 B), the value of put 2, after put 1 had ended: each of the two values would have to be the \
         older one",
    );
}

#[test]
fn of_a_key_that_has_no_value() {
    let history = History::new();
    let failed = |kind| Outcome::Failed(Refusal { kind, chain: Vec::new() });
    for (key, call, outcome) in [
        ("k", Call::Put("too long".into()), failed(Kind::InvalidValue)),
        ("k", Call::Get, failed(Kind::Backend)),
        ("other", Call::Get, failed(Kind::Backend)),
        ("other", Call::Put("v".into()), Outcome::Dropped { polls: 0 }),
        ("other", Call::Get, failed(Kind::Backend)),
    ] {
        let index = history.begin(1, call, key.into(), Options::new().into());
        history.end(index, outcome);
    }
    let found = GetValueResult { from: PeerId::random(), val: "too long".into() };
    for (key, outcome) in [("k", found.clone()), ("another", found)] {
        let index = history.begin(1, Call::Get, key.into(), Options::new().into());
        history.end(index, Outcome::Found(outcome));
    }
    let instead_of = |get| instead_of(&history.operations(), get, &Expected::Missing);
    assert_eq!(instead_of(5), " for a key whose put 1 was refused: it is the value of that put");
    assert_eq!(instead_of(6), " for a key that was never put: it is the value that put 1 stored");
    assert_eq!(instead_of(1), ", and not with NotFound, for a key whose put 1 was refused");
    assert_eq!(instead_of(2), ", and not with NotFound, for a key that was never put");
    let dropped = ", and not with NotFound, for a key whose put 4 was dropped before its first poll";
    assert_eq!(instead_of(4), dropped);
}

#[test]
fn of_a_call_that_outlived_its_timeout() {
    let history = History::new();
    for timeout in [None, Some(Duration::from_millis(100))] {
        let options = timeout.map_or(Options::new(), |timeout| Options::new().with_timeout(timeout));
        history.begin(1, Call::Get, "k".into(), options.into());
    }
    let failure = Failure::Hung { deadline: Duration::from_secs(31), outlived: Some((1, Duration::from_secs(30))) };
    let told = sentence(&failure, &history.operations(), &history);
    assert_eq!(told, "get 2, with a timeout of 100 ms, had not returned after 30 s, nor had 1 of the others");
}

#[test]
fn of_a_call_that_panicked() {
    let history = History::new();
    let told = |in_drop, payload: &str| {
        let index = history.begin(1, Call::Get, "k".into(), Options::new().into());
        let message = format!("no page\n{} (at a.rs:1)", "x".repeat(300));
        history.end(index, Outcome::Panicked { message, in_drop });
        let failure = history.failure_of_panic(payload.to_owned());
        (sentence(&failure, &history.operations(), &history), failure.operations())
    };
    let shown = format!("no page {}…{} (at a.rs:1)", "x".repeat(92), "x".repeat(88));
    assert_eq!(told(false, "no page"), (format!("get 1 panicked: {shown}"), vec![0]));
    assert_eq!(told(true, "no page"), (format!("get 1 panicked: {shown}"), vec![0]), "the first one is to blame");
    assert_eq!(told(true, "no row"), ("the store panicked: no row".to_owned(), vec![]), "another panic");
    history.forget();
    assert_eq!(told(true, "no page").0, format!("get 1 panicked when it was dropped: {shown}"));
}

#[test]
fn of_a_value_that_is_as_long_as_one_that_it_may_be() {
    let history = History::new();
    let [old, new, got] = ["old", "new", "got"].map(|word| ::bytes::Bytes::from(word.repeat(100)));
    let found = |val: &::bytes::Bytes| Outcome::Found(GetValueResult { from: PeerId::random(), val: val.clone() });
    for (call, outcome) in
        [(Call::Put(old.clone()), Outcome::Stored), (Call::Get, found(&got)), (Call::Get, found(&old))]
    {
        let index = history.begin(1, call, "k".into(), Options::new().into());
        history.end(index, outcome);
    }
    let said = |get: usize, values: &[&::bytes::Bytes]| {
        let expected = Expected::OneOf(values.iter().map(|value| (*value).clone()).collect());
        unexpected(&history.operations(), get, &expected)
    };
    assert_eq!(said(1, &[&old, &new]), "get 2 returned 300 other bytes, which is neither 300 B nor 300 B");
    assert_eq!(said(2, &[&new]), "get 3 returned the 300 B of put 1, which is not 300 B");
}

#[test]
fn of_a_handle_that_went_back() {
    let sentence = |older, get| {
        let went_back = WentBack { get, older, before: 3, newer: 1 };
        super::of_a_handle_that_went_back(&operations(), &went_back)
    };
    assert_eq!(
        sentence(Some(0), 4),
        "get 5 returned \"a\" (1 B), the value of put 1, though get 4, through the same handle, had returned the newer one of \
         put 2"
    );
    assert_eq!(
        sentence(None, 6),
        "get 7 ended with NotFound, though get 4, through the same handle, had returned the value of put 2"
    );
}
