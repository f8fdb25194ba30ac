//! Hints for calls that end too early, too late or never, or with `Timeout`.

use super::*;

#[track_caller]
fn check(shown: Shown, lines: &[&str], expected: &str) {
    assert_eq!(Story::of(shown, lines).expects(Expected::Stored), expected, "{lines:?}");
}

#[track_caller]
fn check_hang(lines: &[&str], expected: &str) {
    let failure = Failure::Hung { deadline: Duration::from_secs(30), outlived: None };
    assert_eq!(Story::of(AnyRun, lines).hint(&failure).unwrap_or_default(), expected, "{lines:?}");
}

#[test]
fn a_call_is_named_whose_timeout_may_have_been_used() {
    let before = ["put k v1 timeout=1 took=2 -> Timeout", "put k v1 took=2 -> Timeout"];
    check(AnyRun, &before, "the call has no timeout: is that of put 1 used?");
    let beside = ["put k v1 timeout=0 -> Timeout", "put other v1 -> ok", "& put k v1 took=2 -> Timeout"];
    check(AnyRun, &beside, "the call has no timeout: is that of put 1 used?");
    let beside = ["put other v1 timeout=0 -> ok", "get k timeout=1 -> v1", "& put k v1 took=2 -> Timeout"];
    check(AnyRun, &beside, "the call has no timeout: is that of get 2 used?");
    check(AnyRun, &["put k v1 -> Timeout"], "the call has no timeout: has one passed that the store sets itself?");
    let longer = ["get k timeout=500 -> NotFound", "put k v1 timeout=400 took=2 -> Timeout"];
    check(AnyRun, &longer, "the timeout had not passed: is it cut on its way, or another error taken for Timeout?");
    let shorter = ["get k timeout=1 -> NotFound", "put k v1 timeout=400 took=2 -> Timeout"];
    check(AnyRun, &shorter, "the timeout had not passed: is that of get 1 used?");
    check(AnyRun, &["put k v1 timeout=70000 -> Timeout"], "the timeout had not passed: does it overflow on its way?");
}

#[test]
fn an_option_is_blamed_only_if_it_is_needed() {
    let lines = ["put k v1 option -> Timeout"];
    check(
        Smallest,
        &lines,
        "the call has no timeout, and does not time out without its option: is that taken for a timeout?",
    );
    check(AnyRun, &lines, "the call has no timeout: is its option taken for one?");
}

#[test]
fn another_outcome_is_one_instead_of_timeout_only_when_the_timeout_has_passed() {
    let told = |line| Story::of(AnyRun, &["put k v1 -> ok", line]).expects(stored("v1").or_timeout());
    let instead = "a call whose timeout passes ends with Err(Error::Timeout), whatever it was doing";
    assert_eq!(told("get k timeout=5 took=6 -> NotFound"), instead);
    assert_eq!(told("get k timeout=5 took=6 -> Backend"), instead);
    assert_eq!(told("get k timeout=0 -> Backend"), instead);
    let lost = "it came right after the put: does put return before the value can be read?";
    assert_eq!(told("get k timeout=5 took=4 -> NotFound"), lost);
    assert_eq!(told("get k timeout=0 -> NotFound"), lost, "it ended at once, and not by its timeout");
    assert_eq!(told("get k timeout=5 took=4 -> Backend"), "");
}

#[test]
fn a_long_timeout_overflows_and_a_short_one_is_rounded() {
    let early = |seconds| {
        let failure = Failure::Early { operation: 0, timeout: Duration::from_secs(seconds) };
        Story::of(AnyRun, &["put k v1 -> Timeout"]).hint(&failure).unwrap()
    };
    assert_eq!(early(256), "does so long a timeout overflow on its way?");
    assert_eq!(early(1), "is the timeout rounded down on its way, or cut to a coarser unit?");
}

#[test]
fn a_call_that_waits_for_a_stuck_one_is_told_from_it() {
    let told = "put 1 is stuck at the backend, and get 2 is not: does it wait for put 1?";
    check_hang(&["-- stall", "put k v1 -> pending", "-- open to new", "& get other -> pending"], told);
}

#[test]
fn a_timeout_in_a_cut_is_another_error() {
    let told = "the backend was cut off, and no timeout had passed: is each failure to reach it told as Timeout?";
    check(AnyRun, &["-- cut", "put k v1 -> Timeout"], told);
    check(AnyRun, &["-- cut", "put k v1 timeout=70000 -> Timeout"], told);
    let early = Failure::Early { operation: 0, timeout: Duration::from_secs(70) };
    assert_eq!(Story::of(AnyRun, &["-- cut", "put k v1 timeout=70000 -> Timeout"]).hint(&early).unwrap(), told);
    let healed = "the call has no timeout: has one passed that the store sets itself?";
    check(AnyRun, &["-- cut", "-- heal", "put k v1 -> Timeout"], healed);
}

#[test]
fn how_a_late_call_ended_tells_what_to_ask() {
    let late = |lines: &[&str]| {
        let story = Story::of(AnyRun, lines);
        let operation = story.operations.iter().rposition(|call| call.options.timeout().is_some()).unwrap();
        let timeout = story.operations[operation].options.timeout().unwrap();
        let [grace, timer] = [Duration::from_millis(100), timeout];
        let told = story.hint(&Failure::Late { operation, timeout, timer, grace, attempts: 5 }).unwrap();
        told.strip_prefix("the timeout has to bound the whole call: ").unwrap().to_owned()
    };
    assert_eq!(
        late(&["put k v1 timeout=600 took=1200 -> Timeout"]),
        "do retries or phases each have the whole of it, or is a part of the call outside of it?"
    );
    assert_eq!(late(&["put k v1 timeout=0 took=600 -> Timeout"]), "is it looked at only when the work is done?");
    assert_eq!(late(&["put k v1 timeout=0 took=600 -> ok"]), "is 0 ns taken for no timeout, or rounded up?");
    assert_eq!(
        late(&["put k v1 timeout=400 took=600 -> ok"]),
        "do retries or phases each have the whole of it, or is a part of the call outside of it?"
    );
    assert_eq!(late(&["put k v1 option timeout=1 took=600 -> ok"]), "does the option beside it hide it?");
    let longer = ["put k v1 timeout=5000 -> ok", "put k v1 timeout=1 took=600 -> ok"];
    assert_eq!(late(&longer), "is the longer one of put 1 used?");
    let beside = ["put k v1 timeout=1 took=600 -> Timeout", "& put k v1 took=600 -> ok"];
    assert_eq!(late(&beside), "is the time that it waits for other calls left out?");
}

#[test]
fn a_hang_is_told_from_what_came_before_it() {
    let kept = "is a lock, a permit, a connection or a transaction kept, or left unusable?";
    let dropped = ["put k v1 -> ok", "put k v2 -> dropped", "put k v1 -> pending"];
    check_hang(&dropped, &format!("put 2 was dropped before it: {kept}"));
    let several = ["get k -> dropped", "get k -> dropped", "put k v1 -> pending"];
    check_hang(&several, &format!("2 calls were dropped before it: {kept}"));
    let miss = "what has not ended is a get of a key without a value: that ends with NotFound, and waits for no put";
    check_hang(&["put other v1 -> ok", "get k -> pending"], miss);
    let elsewhere = ["-- open 1 1", "put k v1 -> ok", "-- open 2 2", "get k handle=2 -> pending"];
    check_hang(&elsewhere, miss);
    let beside = ["put k v1 -> pending", "& put other v1 -> pending"];
    check_hang(&beside, "2 calls ran at the same time, and none has ended: do they wait for each other?");
    check_hang(&["put k v1 -> ok", "get k -> pending"], "");
    check_hang(&["put k v1 -> ok"], "");
}

#[test]
fn an_outage_is_blamed_only_by_a_call_that_began_before_its_end() {
    let cut = ["put k v1 -> ok", "-- stall", "get k -> pending", "-- cut", "-- heal"];
    check_hang(&cut, "the backend was cut off, and is back: does the call wait for an answer that is lost?");
    let stalled = ["put k v1 -> ok", "-- stall", "get k -> pending", "& get k -> pending", "-- heal"];
    check_hang(&stalled, "the backend stalled, and is back: is a call that waited for it forgotten?");
    check_hang(&["put k v1 -> ok", "-- stall", "-- heal", "get k -> pending"], "");
}

#[test]
fn a_store_is_slow_only_if_its_calls_were() {
    let mut story = Story::of(AnyRun, &["put k v1 -> ok", "get k -> pending"]);
    story.operations[1].begun = story.operations[0].begun + Duration::from_secs(25);
    let failure = Failure::Hung { deadline: Duration::from_secs(30), outlived: None };
    let told = "the calls before it took 25 s: if the store is only slow, give it a longer `deadline`";
    assert_eq!(story.hint(&failure).as_deref(), Some(told));
}
