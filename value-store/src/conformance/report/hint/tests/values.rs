//! Hints for a value that is not the one that should be there.

use super::*;

#[track_caller]
fn check(shown: Shown, lines: &[&str], expected: &str) {
    assert_eq!(Story::of(shown, lines).expects(stored("v2")), expected, "{lines:?}");
}

#[track_caller]
fn check_either(shown: Shown, lines: &[&str], expected: &str) {
    assert_eq!(Story::of(shown, lines).expects(either("v1", "v2")), expected, "{lines:?}");
}

#[test]
fn what_an_older_value_needs_is_asked_about_if_it_is_needed() {
    let puts = ["put k v1 -> ok", "put k v2 -> ok"];
    let told = |between: &[&'static str], get: &'static str| {
        let lines: Vec<_> = puts.iter().chain(between).chain([&get]).copied().collect();
        [Smallest, AnyRun].map(|shown| Story::of(shown, &lines).expects(stored("v2")))
    };
    let older = "it is the older value, of put 1".to_owned();
    let get = "get k -> v1";
    assert_eq!(told(&[], get), [older.clone(), older.clone()]);
    let restart =
        format!("{older}, and the store was opened again: was put 2 written when it returned, and is it read last?");
    assert_eq!(told(&["-- restart"], get), [restart, older.clone()]);
    let waited = format!("{older}: does it come back after a while?");
    assert_eq!(told(&["-- wait"], get), [waited.clone(), waited]);
    let handle = format!("{older}, and put 2 went through another handle: does handle 2 keep values of its own?");
    assert_eq!(told(&[], "get k handle=2 -> v1"), [handle, older.clone()]);
    let given_up = format!("{older}; it fails only after get 3, which was dropped: does that undo put 2?");
    let asked = format!("{older}; get 3 was dropped before it: does that undo put 2?");
    assert_eq!(told(&["get k -> dropped"], get), [given_up.clone(), asked]);
    assert_eq!(told(&["get other -> dropped"], get), [given_up, older.clone()]);
    let undone = format!("{older}, and get 3 had returned the newer one: is put 2 undone?");
    assert_eq!(told(&["get k -> v2"], get), [undone, older]);
}

#[test]
fn calls_between_the_two_puts_are_asked_about_if_they_are_needed() {
    let cached = ["put k v1 -> ok", "get k -> v1", "put k v2 -> ok", "get k -> v1"];
    check(Smallest, &cached, "it is the older value, of put 1: is it cached since get 2 read it?");
    check(AnyRun, &cached, "it is the older value, of put 1");
    let missed = ["get k -> NotFound", "put k v1 -> ok", "put k v2 -> ok", "get k -> v1"];
    let told = "it is the older value, of put 2, and get 1 is needed for it: what does a miss leave behind?";
    check(Smallest, &missed, told);
    let done = ["put k v2 -> ok", "put k v1 -> ok", "put k v2 -> ok", "get k -> v1"];
    let told =
        "it is the older value, of put 2, and put 3 stored the same as put 1: is it taken for what was done already?";
    check(Smallest, &done, told);
    let answer = ["put k v1 -> ok", "get k -> dropped", "put k v2 -> ok", "get k -> v1"];
    let told = "it is the older value, of put 1; it fails only after get 2, which was dropped: is its answer given to a later get?";
    check(Smallest, &answer, told);
    let taken = ["put k v1 -> ok", "put k v3 -> dropped", "put k v2 -> ok", "get k -> v1"];
    let told = "it is the older value, of put 1; it fails only after put 2, which was dropped: is put 3 taken for a part of that, or undone with it?";
    check(Smallest, &taken, told);
    let beside = ["put k v1 -> ok", "get k -> v1", "& put k v2 -> ok", "get k -> v1"];
    check(AnyRun, &beside, "it is the older value, of put 1: is it cached since get 2 read it?");
    let undone = ["put k v1 -> ok", "put k v2 -> dropped", "get k -> v2", "get k -> v1"];
    let told = "it is the older value, of put 1; it fails only after put 2, which was dropped: is that undone later?";
    check(Smallest, &undone, told);
    let raced = ["put k v1 -> ok", "& put k v2 -> ok", "get k -> v1"];
    check(
        AnyRun,
        &raced,
        "it is the value of put 1, and put 2 ran at the same time: is it agreed which of the two is the newer?",
    );
}

#[test]
fn the_value_of_another_key_is_told_from_one_that_was_changed() {
    let cut = ["put other x -> ok", "put k xy -> ok", "get k -> x"];
    let story =
        |shown, lines: &[&str]| Story::of(shown, lines).of_case("value_fidelity::repetitive").expects(stored("xy"));
    assert_eq!(story(Smallest, &cut), "put 1 stored that under another key: are the two values taken for one?");
    assert_eq!(story(AnyRun, &cut), "the value was cut after 1 byte");
    let reference = ["put =xy v1 -> ok", "put k xy -> ok", "get k -> v1"];
    assert_eq!(story(Smallest, &reference), "the value that was put is the key of put 1: is it taken for a reference?");
    let border = ["put k v1 -> ok", "put other v2 -> ok", "get k -> 00v2"];
    let told = "it ends with the value of put 2: is the border between a key and its value lost?";
    assert_eq!(Story::of(Smallest, &border).expects(stored("v1")), told);
    assert_eq!(Story::of(AnyRun, &border).expects(stored("v1")), "");
}

#[test]
fn calls_at_the_same_time_are_blamed_only_if_they_are_needed() {
    let lines = ["put k v1 -> ok", "& put k v2 -> ok", "get k -> v12"];
    let told = "it fails only if put 1 and put 2 run at the same time: do they share a buffer, or a file?";
    check_either(SmallestBeside, &lines, told);
    check_either(AnyRun, &lines, "");
    check(SmallestBeside, &lines, told);
    check(AnyRun, &lines, "");
}

#[test]
fn a_put_that_was_not_done_in_one_step_is_asked_about() {
    let part = "it is the beginning of the value of put 1";
    let dropped = ["put k 3000B -> dropped", "get k -> 1000B"];
    check_either(AnyRun, &dropped, &format!("{part}, which was dropped: is a value written in parts?"));
    let stored = ["put k 3000B -> ok", "get k -> 1000B"];
    check_either(AnyRun, &stored, &format!("{part}: is a value written in parts?"));
    let empty = ["put k v1 -> dropped", "get k -> ''"];
    check_either(
        Smallest,
        &empty,
        "it fails only after put 1, which was dropped: is the key there before its value is?",
    );
    let gap = ["put k v1 -> ok", "put k v2 timeout=1 took=2 -> Timeout", "get k -> NotFound"];
    let removed = "is the old value removed before the new one is there?";
    check_either(Smallest, &gap, &format!("it fails only after put 2, which timed out: {removed}"));
    check_either(AnyRun, &gap, &format!("put 2 timed out before it: {removed}"));
    check_either(AnyRun, &["put k v1 -> ok", "put k v2 -> ok", "get k -> NotFound"], removed);
}

/// The hint for a get of the key `k` that should have returned `expected` and returned `got`. Before it, "another value" was
/// put to another key, and "a refused value" to `k`, which was refused.
fn told(expected: &[u8], got: &[u8]) -> String {
    let mut story = Story::of(AnyRun, &["put b x -> ok", "put k x -> InvalidValue", "get k -> x"]);
    let of = Bytes::copy_from_slice;
    story.operations[0].call = Call::Put(of(b"another value"));
    story.operations[1].call = Call::Put(of(b"a refused value"));
    let found = Outcome::Found(GetValueResult { from: PeerId::random(), val: of(got) });
    story.operations[2].ended = Some((Instant::now(), found));
    story.expects(Expected::Value(of(expected)))
}

#[test]
fn what_became_of_a_value_is_told_from_what_came_back() {
    let table = [
        (&b"a\0b"[..], &b"a"[..], "the value was cut at its first NUL"),
        (b"a\0b\0", b"a\0b", "the value was cut after 3 bytes"),
        (b"a\r\nb", b"a", "the value was cut at its first line end"),
        (b"a\r\nb", b"a\r", "the value was cut at its first line end"),
        (b"\na\n", b"\na", "the value was cut after 2 bytes"),
        (b"''", b"'", "the value was cut after 1 byte"),
        (b"\xff\xfe", b"\xc3\xbf\xc3\xbe", "the value was made into text: each of its bytes was taken for a character"),
        (
            b"a value",
            b"k:another value",
            "it ends with the value of put 1: is the border between a key and its value lost?",
        ),
        (
            b"a value",
            b"a refused val",
            "it is the beginning of the value of put 2, which was refused: is it cut, and stored?",
        ),
        (b"a value", b"an unlike one", ""),
    ];
    for (expected, got, hint) in table {
        assert_eq!(told(expected, got), hint, "{expected:?} came back as {got:?}");
    }
}
