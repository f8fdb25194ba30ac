//! A machine that pauses: the process is stopped for a while, and goes on.

use std::process::{Command, Stdio};
use std::time::Duration;
use std::{env, thread};

/// A store with a timeout of its own of 2 s, which is over after each stop.
const STORE: &str = "timeouts::default_that_many_exceed::";
const STOP: Duration = Duration::from_millis(2_500);

/// Long enough for calls to be under way at each stop.
const BETWEEN: Duration = Duration::from_millis(500);

#[test]
fn no_store_is_blamed_for_a_process_that_was_stopped() {
    let mut suite = Command::new(env::current_exe().unwrap());
    let suite = suite.args([STORE, "--test-threads", "32"]).stdout(Stdio::piped()).spawn().unwrap();
    let signal = |name| {
        let sent = Command::new("kill").args(["-s", name, &suite.id().to_string()]).status().unwrap();
        assert!(sent.success());
    };
    for _ in 0..2 {
        thread::sleep(BETWEEN);
        signal("STOP");
        thread::sleep(STOP);
        signal("CONT");
    }
    let output = suite.wait_with_output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stdout));
}
