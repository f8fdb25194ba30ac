//! A test binary that runs itself again, to be killed.
//!
//! Each such binary has an ignored test named `role`, which does what [`of_this_process`] says.

use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};

const ROLE: &str = "VALUE_STORE_TESTS_ROLE";
const PATH: &str = "VALUE_STORE_TESTS_PATH";

/// Starts this binary in a role. Its input and output are pipes.
///
/// # Panics
///
/// If the process cannot be started.
#[must_use]
pub fn start(role: &str, path: &Path) -> Child {
    Command::new(std::env::current_exe().unwrap())
        .args(["role", "--exact", "--ignored", "--nocapture", "--quiet"])
        .env(ROLE, role)
        .env(PATH, path)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap()
}

/// The role of this process, and the path that goes with it, if it has one.
#[must_use]
pub fn of_this_process() -> Option<(String, PathBuf)> {
    Some((std::env::var(ROLE).ok()?, std::env::var_os(PATH)?.into()))
}

/// Prints a line at once.
///
/// # Panics
///
/// If nobody reads it any longer.
pub fn say(line: &str) {
    let mut out = std::io::stdout().lock();
    writeln!(out, "{line}").and_then(|()| out.flush()).unwrap();
}
