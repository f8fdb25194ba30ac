//! Factories that never return a store.

use crate::fixture::IMPLEMENTOR;

fn expect_every_case_to_say(factory: &str, sentence: &str) {
    let outcome = IMPLEMENTOR.test_at_once("factories", factory);
    assert_eq!(outcome.passed(), [""; 0]);
    outcome.expect_each_says(sentence);
}

#[test]
fn a_factory_that_panics() {
    expect_every_case_to_say("panics", "  but  the factory panicked: no port is free (at tests/factories.rs:");
}

#[test]
fn a_factory_that_fails_shows_the_whole_chain() {
    let chain = "the table cannot be opened: caused by: the log cannot be written: caused by: no space left on device";
    expect_every_case_to_say("fails_with_a_chain", &format!("  but  the factory returned an error: {chain}\n"));
}

#[test]
fn a_factory_may_fail_with_a_box() {
    expect_every_case_to_say("fails_with_a_box", "  but  the factory returned an error: no such table\n");
}

const NOT_RETURNED: &str = "  but  the factory had not returned when the deadline of 2 s had passed\n";

#[test]
fn a_factory_that_is_never_ready() {
    expect_every_case_to_say("never_ready", NOT_RETURNED);
}

#[test]
fn a_factory_that_blocks() {
    expect_every_case_to_say("blocks", NOT_RETURNED);
}
