//! Scripts end when the process that started them is killed.
//!
//! That process is this test binary again: each test starts it with `ROLE` set, and has it run only the test `role`.

use std::io::{BufRead as _, BufReader};
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};
use std::{env, fs, thread};

use crate::network::process;

const ROLE: &str = "LEFT_BEHIND_TEST_ROLE";

#[test]
#[cfg_attr(not(node), ignore = "needs Node.js 20 or later, with npm, when it is built")]
fn a_script_ends_with_the_process_that_started_it() {
    check("start");
}

#[test]
#[cfg_attr(not(node), ignore = "needs Node.js 20 or later, with npm, when it is built")]
fn a_script_that_is_paused_ends_with_the_process_that_started_it() {
    check("pause");
}

/// Has a process start a script, kills that process with SIGKILL, and waits for the script to end.
fn check(role: &str) {
    let mut parent = Command::new(env::current_exe().unwrap())
        .args(["left_behind::role", "--exact", "--ignored", "--nocapture", "--quiet"])
        .env(ROLE, role)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let mut lines = BufReader::new(parent.stdout.take().unwrap()).lines().map(Result::unwrap);
    let script = lines.find_map(|line| line.strip_prefix("script ").map(ToOwned::to_owned)).unwrap();
    wait_for(&script, if role == "pause" { State::Stopped } else { State::Running });
    parent.kill().unwrap();
    parent.wait().unwrap();
    wait_for(&script, State::Ended);
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum State {
    Running,
    Stopped,
    Ended,
}

/// Waits until the process is in this state: signals take a while to act.
fn wait_for(process: &str, expected: State) {
    let begun = Instant::now();
    while state(process) != expected {
        assert!(begun.elapsed() < Duration::from_secs(60), "{process} is {:?}, and not {expected:?}", state(process));
        thread::sleep(Duration::from_millis(10));
    }
}

fn state(process: &str) -> State {
    let Ok(status) = fs::read_to_string(Path::new("/proc").join(process).join("status")) else { return State::Ended };
    match status.lines().find_map(|line| line.strip_prefix("State:\t")?.chars().next()) {
        Some('T') => State::Stopped,
        // A process that has ended, for whose exit status nobody has asked yet.
        Some('Z' | 'X') | None => State::Ended,
        Some(_) => State::Running,
    }
}

#[test]
#[ignore = "it is what the other tests run as a child process"]
fn role() {
    let Ok(role) = env::var(ROLE) else { return };
    let script = process();
    let _paused = (role == "pause").then(|| script.pause().unwrap());
    println!("script {}", script.id());
    std::io::stdin().read_line(&mut String::new()).unwrap();
}
