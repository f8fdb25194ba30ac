//! Hints for calls that fail.

use super::*;

const KEPT: &str = "is a lock, a permit, a connection or a transaction kept, or left unusable?";

#[track_caller]
fn check(shown: Shown, lines: &[&str], expected: &str) {
    assert_eq!(Story::of(shown, lines).expects(Expected::Stored), expected, "{lines:?}");
}

#[track_caller]
fn check_miss(shown: Shown, lines: &[&str], expected: &str) {
    assert_eq!(Story::of(shown, lines).expects(Expected::Missing), expected, "{lines:?}");
}

#[test]
fn an_option_is_blamed_only_if_it_is_needed() {
    let lines = ["put k v1 option -> Backend"];
    let told = "the call has an option that the store does not know; it has to be ignored, not refused";
    check(Smallest, &lines, told);
    check_miss(Smallest, &["get k option -> Backend"], told);
    check(AnyRun, &lines, "is the call refused for its option? One that the store does not know has to be ignored");
    let timeout = ["get k timeout=400000 -> Backend"];
    check_miss(
        Smallest,
        &timeout,
        "the call does not fail without its timeout: a timeout of any length has to be taken",
    );
    check_miss(AnyRun, &timeout, "a key without a value is Err(Error::NotFound), and no other error");
}

#[test]
fn a_length_is_blamed_only_if_it_may_be_the_reason() {
    check(Smallest, &["put k v1 -> InvalidValue"], "so short and plain a value has to be taken");
    let short = ["put k null -> InvalidValue"];
    let told = "is the value refused for what it contains? It may be any bytes, and only its length may be limited (max_value_len)";
    check(Smallest, &short, told);
    let long = ["put k 1000B -> InvalidValue"];
    let told = "the first 999 B of it are taken: if the length is the reason, declare max_value_len";
    check(Smallest, &long, told);
    let told = "is the value too long for the store? Then declare its limit, max_value_len";
    check(AnyRun, &long, told);
    let told = "as long a value was taken before: a value may be any bytes, and only its length may be limited (max_value_len)";
    check(AnyRun, &["put k 1000B -> ok", "put k 999B -> InvalidValue"], told);
    let key = ["put =nul v1 -> InvalidKey"];
    let told = "is the key refused for what it contains? It may be any bytes, and only its length may be limited (max_key_len)";
    check(Smallest, &key, told);
    check(AnyRun, &["put ='' v1 -> InvalidKey"], "the empty key is a key like any other");
}

#[test]
fn a_limit_that_is_declared_is_not_asked_for() {
    let mut story = Story::of(Smallest, &["put k 1000B -> InvalidValue"]);
    story.settings.max_value_len = Some(1000);
    let told = "max_value_len is 1000: what is as long as that, in bytes, has to be taken";
    assert_eq!(story.expects(Expected::Stored), told);
    story.settings.max_value_len = Some(5000);
    let told = "max_value_len is 5000: what is as long as that, in bytes, has to be taken";
    assert_eq!(story.expects(Expected::Stored), told);
    let mut short = Story::of(Smallest, &["put k null -> InvalidValue"]);
    short.settings.max_value_len = Some(5000);
    let told = "is the value refused for what it contains? It may be any bytes, and only its length may be limited (max_value_len)";
    assert_eq!(short.expects(Expected::Stored), told);
}

#[test]
fn what_was_given_up_is_named_and_blamed_only_if_it_is_needed() {
    let lines = ["put other v1 -> dropped", "put k v1 -> Backend"];
    check(Smallest, &lines, &format!("it fails only after put 1, which was dropped: {KEPT}"));
    check(AnyRun, &lines, &format!("put 1 was dropped before it: {KEPT}"));
    let several = ["get k timeout=1 took=2 -> Timeout", "get k timeout=1 took=2 -> Timeout", "put k v1 -> Backend"];
    check(AnyRun, &several, &format!("2 calls timed out before it: {KEPT}"));
    check_miss(
        AnyRun,
        &["put k v1 -> dropped", "get other -> Backend"],
        &format!("put 1 was dropped before it: {KEPT}"),
    );
}

#[test]
fn a_call_at_the_same_time_is_blamed_only_if_it_is_needed() {
    let lines = ["get k -> v1", "& put k v1 -> Backend"];
    let why = "does one of the two fail because of the other?";
    check(SmallestBeside, &lines, &format!("it fails only if get 1 and put 2 run at the same time: {why}"));
    check(AnyRun, &lines, &format!("get 1 and put 2 ran at the same time: {why}"));
    check(AnyRun, &["get k -> v1", "put k v1 -> Backend"], "");
}

#[test]
fn what_the_smallest_run_needs_is_told() {
    let same = ["put k v1 -> ok", "put k v1 -> Backend"];
    let told = "it fails only after put 1, which stored the same value: the same again has to be taken, too";
    check(Smallest, &same, told);
    check(AnyRun, &same, "");
    let told = "it fails only after put 1: a put replaces the old value, whatever the two are like";
    check(Smallest, &["put k v1 -> ok", "put k v2 -> Backend"], told);
    let told =
        "it fails only when the store was opened again: is it opened for reading alone, or is a lock left of before?";
    check(Smallest, &["-- restart", "put k v1 -> Backend"], told);
    check(AnyRun, &["-- restart", "put k v1 -> Backend"], "");
    let cut = ["get k -> NotFound", "-- cut", "-- heal", "put k v1 -> Backend"];
    check(AnyRun, &cut, "the backend was cut off, and is back: is a connection that broke used again?");
    check(AnyRun, &["get k -> NotFound", "-- cut", "put k v1 -> Backend"], "");
}

#[test]
fn another_task_is_asked_about() {
    let mut story = Story::of(AnyRun, &["put k v1 -> ok", "get k -> Backend"]);
    story.operations[1].task = 2;
    let told = "it is the first call of another task, or on another thread: is the store bound to one?";
    assert_eq!(story.expects(stored("v1")), told);
}

#[test]
fn many_calls_that_went_well_are_counted() {
    let mut misses = vec!["get k -> NotFound"; 4];
    misses.push("get k -> Backend");
    check_miss(Smallest, &misses, "the 4 calls before it ended as they should: is something counted, or used up?");
    check_miss(AnyRun, &misses, "");
    let mut refusals = vec!["put k 2000B -> InvalidValue"; 4];
    refusals.push("put k 2000B -> Backend");
    let told = "the 4 calls before it ended as they should: is something counted, or used up?";
    assert_eq!(Story::of(Smallest, &refusals).expects(Expected::ValueRefused), told);
    assert_eq!(Story::of(Smallest, &refusals[2..]).expects(Expected::ValueRefused), "");
}

#[test]
fn a_miss_in_an_outage_is_told_from_one_after_it() {
    let told = |lines: &[&str]| Story::of(AnyRun, lines).expects(stored("v1").or_unavailable());
    let taken = "that there is no value is an answer of the backend, and the backend could not answer: is an error taken for a \
                 miss?";
    assert_eq!(told(&["put k v1 -> ok", "-- cut", "get k -> NotFound"]), taken);
    let lost = "it came right after the put: does put return before the value can be read?";
    assert_eq!(told(&["put k v1 -> ok", "-- cut", "-- heal", "get k -> NotFound"]), lost);
}
