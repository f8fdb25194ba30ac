//! Hints for a value that is not found.

use super::*;

#[track_caller]
fn check(shown: Shown, lines: &[&str], expected: &str) {
    assert_eq!(Story::of(shown, lines).expects(stored("v1")), expected, "{lines:?}");
}

#[test]
fn a_call_that_was_given_up_is_named_and_blamed_only_if_it_is_needed() {
    let get = ["put k v1 -> ok", "get k -> dropped", "get k -> NotFound"];
    check(Smallest, &get, "it fails only after get 2, which was dropped: did it take the value with it?");
    check(AnyRun, &get, "get 2 was dropped before it: did it take the value with it?");
    let timed_out = ["put k v1 -> ok", "get k timeout=1 took=2 -> Timeout", "get k -> NotFound"];
    check(Smallest, &timed_out, "it fails only after get 2, which timed out: did it take the value with it?");
    let before = ["put other v2 -> dropped", "put k v1 -> ok", "get k -> NotFound"];
    let left = "is it undone later, with what came after it, or is a transaction left open?";
    check(Smallest, &before, &format!("it fails only after put 1, which was dropped: {left}"));
    check(AnyRun, &before, &format!("put 1 was dropped before it: {left}"));
    let others = ["put k v1 -> ok", "put a v2 -> ok", "put b v3 -> ok", "get k -> NotFound"];
    check(Smallest, &others, "it fails only after 2 puts to other keys: did they push this one out?");
    check(AnyRun, &others, "2 puts to other keys came between: did they push this one out?");
    let long = ["put k 2000B -> ok", "put a 2000B -> ok", "put b 2000B -> ok", "get k -> NotFound"];
    check(Smallest, &long, "it fails only after 2 puts to other keys: did they push this one out?");
    let refused = ["put k v1 -> ok", "put k 2000B -> InvalidValue", "get k -> NotFound"];
    check(Smallest, &refused, "it fails only after put 2, which was refused: did it take the old value with it?");
}

#[test]
fn a_value_or_a_key_is_blamed_only_if_others_were_tried() {
    let key = ["put =dir/k v1 -> ok", "get =dir/k -> NotFound"];
    let about = "is it something about this key, or about its value?";
    check(Smallest, &key, &format!("with a fresh key of a few letters and digits it is there: {about}"));
    check(AnyRun, &key, "it came right after the put: does put return before the value can be read?");
    let value = ["put k null -> ok", "get k -> NotFound"];
    check(Smallest, &value, &format!("with another value it is there: {about}"));
    check(AnyRun, &value, "it came right after the put: does put return before the value can be read?");
    check(
        AnyRun,
        &["put k '' -> ok", "get k -> NotFound"],
        "the value is empty: is that taken for the absence of one?",
    );
    let empty = ["put ='' v1 -> ok", "get ='' -> NotFound"];
    check(AnyRun, &empty, "is the empty key taken for none? It is a key like any other");
    let option = ["put k option v1 -> ok", "get k -> NotFound"];
    let lines = ["put k v1 option -> ok", option[1]];
    let decide = "put 1 and get 2 have different options: do those decide where a value is kept?";
    check(AnyRun, &lines, decide);
    let timeout = ["put k v1 -> ok", "get k timeout=1 took=2 -> NotFound"];
    let told = "without the timeout of the get it is there: is the end of that timeout taken for a miss?";
    check(Smallest, &timeout, told);
}

#[test]
fn puts_at_the_same_time_are_blamed_only_if_they_are_needed() {
    let lines = ["put k v1 -> ok", "& put other v2 -> ok", "get k -> NotFound"];
    check(SmallestBeside, &lines, "it fails only if put 1 and put 2 run at the same time: does one undo the other?");
    check(AnyRun, &lines, "put 1 and put 2 ran at the same time: does one undo the other?");
    let three = [&lines[..2], &["& put third v3 -> ok", "get k -> NotFound"]].concat();
    let told = "it fails only if calls run at the same time, as put 1 and put 2 did: does one undo the other?";
    check(SmallestBeside, &three, told);
}

#[test]
fn gets_of_the_key_are_asked_about() {
    let used_up = ["put k v1 -> ok", "get k -> v1", "get k -> NotFound"];
    check(
        Smallest,
        &used_up,
        "get 2 still found it, and nothing came between: is it used up, or is it not in every copy?",
    );
    let pushed_out = ["put k v1 -> ok", "get k -> v1", "put other v2 -> ok", "get k -> NotFound"];
    check(AnyRun, &pushed_out, "get 2 still found it: is it used up, pushed out, or out of sight for a while?");
    let waited = ["put k v1 -> ok", "get k -> v1", "-- wait", "get k -> NotFound"];
    check(Smallest, &waited, "get 2 still found it: is it used up, pushed out, or out of sight for a while?");
    let miss = ["get k handle=2 -> NotFound", "put k v1 -> ok", "get k handle=2 -> NotFound"];
    check(Smallest, &miss, "get 1 came before the put and missed: is the miss remembered?");
}

#[test]
fn what_happened_to_the_handles_is_asked_about() {
    let told = |happening: &str, get: &str| {
        let lines = ["put k v1 -> ok", happening, get];
        Story::of(Smallest, &lines).expects(stored("v1"))
    };
    let other = "get k handle=2 -> NotFound";
    assert_eq!(told("-- drop 1", other), "handle 1 put it, and was dropped: did it take the value with it?");
    assert_eq!(
        told("-- open 2 1", other),
        "handle 2 was opened after the put: does it see only what is put from then on?"
    );
    assert_eq!(
        told("-- wait", other),
        "it was put through another handle: does put return before others can find the value?"
    );
    assert_eq!(
        told("-- restart", other),
        "it was the last put before the store was opened again: was it written when put returned?"
    );
    assert_eq!(
        told("-- end", "get k -> NotFound"),
        "another store was closed in between: does that empty this one, too?"
    );
    let twice = ["put k v1 -> ok", "-- restart", "-- restart", "get k handle=3 -> NotFound"];
    check(Smallest, &twice, "the store was opened again, and again: is all that is read kept?");
    let not_last = ["put k v1 -> ok", "put other v2 -> ok", "-- restart", "get k handle=2 -> NotFound"];
    check(Smallest, &not_last, "the store was opened again in between: is all that was written read again?");
}

#[test]
fn another_task_is_asked_about() {
    let mut story = Story::of(AnyRun, &["put k v1 -> ok", "get k -> NotFound"]);
    story.operations[1].task = 2;
    let told = "it was put by another task, or on another thread: has each of them values of its own?";
    assert_eq!(story.expects(stored("v1")), told);
}

#[test]
fn puts_of_the_same_value_are_blamed_only_if_they_are_needed() {
    let again = ["put k v1 -> ok", "put k v1 -> ok", "get k -> NotFound"];
    check(Smallest, &again, "put 1 stored the same value before: does the same again remove it?");
    check(AnyRun, &again, "it came right after the put: does put return before the value can be read?");
    let equal = ["put other v1 -> ok", "put k v1 -> ok", "put other v2 -> ok", "get k -> NotFound"];
    check(Smallest, &equal, "put 1 stored an equal value: are equal values kept as one?");
    check(AnyRun, &equal, "one put to another key came between: did it take the place of this one?");
    let pushed_out = ["put k v1 -> ok", "put other v1 -> ok", "get k -> NotFound"];
    check(Smallest, &pushed_out, "one put to another key came between: did it take the place of this one?");
    let kept = ["put other v1 -> ok", "put k v1 -> ok", "get k -> NotFound"];
    check(Smallest, &kept, "it came right after the put: does put return before the value can be read?");
}

#[test]
fn a_kill_is_blamed_before_what_else_came_between() {
    let once = ["put k v1 -> ok", "-- kill", "-- drop 1", "-- open 2 1", "get k handle=2 -> NotFound"];
    let told = "the process was killed after put 1 had returned Ok: had the value left the process by then, and does the next \
                one read all of it?";
    check(Smallest, &once, told);
    let twice = ["put k v1 -> ok", "-- kill", "-- kill", "get k handle=3 -> NotFound"];
    let told = "since put 1 the process was killed 2 times: does each one that opens the store keep all that it finds?";
    check(Smallest, &twice, told);
}

#[test]
fn a_power_loss_asks_what_was_synced() {
    let once = ["put k v1 -> ok", "-- power loss", "-- open 2 1", "get k handle=2 -> NotFound"];
    let told = "the power went after put 1 had returned Ok: does put wait until the system has synced what it wrote, and the name \
                of a new file?";
    check(Smallest, &once, told);
    let twice = ["put k v1 -> ok", "-- power loss", "-- power loss", "get k handle=3 -> NotFound"];
    check(
        Smallest,
        &twice,
        "since put 1 the power went several times: is what is found on the disk changed in its place?",
    );
    let amid = ["put k v1 -> Backend", "-- power loss", "-- open 2 1", "get k handle=2 -> v2"];
    let told = "the power went amid a put: of what it wrote, any part may be on the disk, which a checksum can tell";
    check(Smallest, &amid, told);
}

#[test]
fn a_disk_that_fails_is_told_by_how_it_fails() {
    let read = ["put k v1 -> ok", "-- failing FailedReads", "get k -> NotFound"];
    check(Smallest, &read, "the disk failed to read: what cannot be read is an error, and not missing");
    let other = ["put k v1 -> ok", "-- failing FailedReads", "get k -> v2"];
    check(Smallest, &other, "the disk failed to read: what cannot be read is an error, and no value");
    let sync = ["-- failing FailedSyncs", "put k v1 -> ok", "-- well", "-- power loss", "get k handle=2 -> NotFound"];
    let told = "a sync had failed, and put 1 returned Ok: what was to be written then is not on the disk, even if the next sync \
                says that all is well; it has to be written again";
    check(Smallest, &sync, told);
    for fault in ["Full", "FailedWrites"] {
        let full = [&format!("-- failing {fault}"), "put k v1 -> ok", "-- well", "get k handle=2 -> NotFound"];
        let told = "the disk took no more, and put 1 returned Ok: was the value kept in memory, or written behind what had \
                    failed?";
        check(Smallest, &full, told);
    }
}

#[test]
fn a_store_that_does_not_open_is_asked_about_what_was_left() {
    let opening = |lines: &[&str]| Story::of(Smallest, lines).hint(&Failure::NotOpened { chain: Vec::new() });
    let begins = |lines: &[&str], told: &str| assert!(opening(lines).unwrap().starts_with(told), "{lines:?}");
    begins(&["put k v1 -> ok", "-- kill", "-- drop 1"], "the process before was killed: ");
    begins(&["put k v1 -> ok", "-- power loss"], "the power went before: ");
    begins(&["-- failing Full", "put k v1 -> Backend", "-- well", "-- drop 1"], "the disk is well again: ");
    assert_eq!(opening(&["put k v1 -> ok", "-- drop 1"]), None);
}
