//! Hints for a value that was put to another key.

use super::*;

#[track_caller]
fn check(shown: Shown, lines: &[&str], expected: &str) {
    assert_eq!(Story::of(shown, lines).expects(Expected::Missing), expected, "{lines:?}");
}

#[test]
fn two_keys_are_one_only_where_nothing_else_is_needed() {
    let lines = ["put =KEY v1 -> ok", "get =key -> v1"];
    check(Smallest, &lines, "KEY (3 B) and key (3 B) are taken for the same key: letter case is folded");
    let told = "KEY (3 B) has that value: are the two taken for the same key? (letter case is folded)";
    check(AnyRun, &lines, told);
    let reopened = ["put =a v1 -> ok", "-- restart", "get =ab handle=2 -> v1"];
    let told = "a (1 B) has that value, and the store was opened again: is each value read under its key?";
    check(Smallest, &reopened, told);
    let replaced = ["put =k v1 -> ok", "put =k v1 -> ok", "get =k~ -> v1"];
    check(Smallest, &replaced, "k (1 B) had that value: is what put 2 replaced kept under another key?");
    let copied = ["put =k v1 -> ok", "put =k~ v2 -> ok", "put =k v3 -> ok", "get =k~ -> v1"];
    let told = "k (1 B) had that value until put 3: is what put 3 replaced kept under another key?";
    assert_eq!(Story::of(Smallest, &copied).expects(stored("v2")), told);
    let signs = "they differ in what is no letter and no digit: is that dropped, replaced or read as a pattern?";
    let told = format!("k (1 B) has that value: are the two taken for the same key? ({signs})");
    check(AnyRun, &replaced, &told);
    let unlike = ["put =one v1 -> ok", "get =other -> v1"];
    check(AnyRun, &unlike, "one (3 B) has that value: do the two keys share a hash, or a place?");
}

#[test]
fn answers_that_are_mixed_up_are_told_from_keys_that_are_one() {
    let given_up = ["put =KEY v1 -> ok", "get =KEY -> dropped", "get =key -> v1"];
    let told = "KEY (3 B) has that value: is the answer to a call that was given up given to the next?";
    check(Smallest, &given_up, told);
    let one_key = "KEY (3 B) has that value: are the two taken for the same key? (letter case is folded)";
    check(AnyRun, &given_up, one_key);
    let beside = ["put =a v1 -> ok", "get =a -> v1", "& get =ab -> v1"];
    let told = "a (1 B) has that value: get 2 ran at the same time: is the answer to one get given to the other?";
    check(SmallestBeside, &beside, told);
    let before = ["put =a v1 -> ok", "get =a -> v1", "get =ab -> v1"];
    check(Smallest, &before, "a (1 B) has that value: is the answer to get 2 given once more?");
    let told = "a (1 B) has that value: are the two taken for the same key? (one is a prefix of the other)";
    check(AnyRun, &before, told);
}

#[test]
fn the_value_of_a_put_that_was_refused_is_no_other_key() {
    let told = "put 1 was refused, and its value is there: does it begin to store before that is decided?";
    check(Smallest, &["put k 2000B -> InvalidValue", "get k -> 2000B"], told);
    let told = "it is the beginning of the value of put 1, which was refused: is it cut, and stored?";
    check(Smallest, &["put k 2000B -> InvalidValue", "get k -> 1999B"], told);
}
