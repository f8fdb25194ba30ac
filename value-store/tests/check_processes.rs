//! What `value-store check` leaves running: nothing.

#![cfg(target_os = "linux")]

use std::fs;
use std::net::TcpListener;
use std::path::Path;
use std::process::{Command, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use tempfile::TempDir;

const COMMAND: &str = env!("CARGO_BIN_EXE_value-store");

/// More than any step of these tests takes.
const PATIENCE: Duration = Duration::from_secs(60);

/// A command that starts a server, and the processes that it has started.
struct Script {
    directory: TempDir,
}

impl Script {
    /// The script writes the numbers of its processes, one or several a line, to the file `processes`.
    fn new(script: &str) -> Self {
        let directory = tempfile::tempdir().unwrap();
        fs::write(directory.path().join("server"), script).unwrap();
        Self { directory }
    }

    fn check(&self, deadline: &str) -> Command {
        let mut check = Command::new(COMMAND);
        let start = format!("cd {}; . ./server", self.directory.path().display());
        check.args(["check", "--start", &start, "--only", "round_trip::put_then_get", "--deadline", deadline]);
        check.current_dir(&self.directory).stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
        check
    }

    fn processes(&self) -> Vec<String> {
        let processes = fs::read_to_string(self.directory.path().join("processes")).unwrap_or_default();
        processes.split_whitespace().map(str::to_owned).collect()
    }

    /// Checks that as many processes were started, and that none is there five seconds later.
    fn check_gone(&self, at_least: usize) {
        let processes = self.processes();
        assert!(processes.len() >= at_least, "{processes:?}");
        wait_until(Duration::from_secs(5), || !processes.iter().any(|process| runs(process)));
    }
}

/// A process that has ended may wait for somebody to ask how.
fn runs(process: &str) -> bool {
    let status = fs::read_to_string(Path::new("/proc").join(process).join("status"));
    status.is_ok_and(|status| !status.contains("State:\tZ"))
}

fn wait_until(time: Duration, mut done: impl FnMut() -> bool) {
    let end = Instant::now() + time;
    while !done() {
        assert!(Instant::now() < end, "not within {time:?}");
        thread::sleep(Duration::from_millis(20));
    }
}

/// A server whose calls hang. The first, which is tried before anything is judged, ends with its input, and the others do not.
fn hanging() -> (Script, TcpListener) {
    // Accepts connections, and never answers.
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let script = format!(
        "if [ -e processes ]; then sleep 600 & fi
        echo $! $$ >>processes
        echo http://{}
        if [ $(wc -l <processes) = 1 ]; then cat; else exec sleep 600; fi",
        listener.local_addr().unwrap()
    );
    (Script::new(&script), listener)
}

#[test]
fn a_server_that_hangs_is_killed_with_what_it_has_started() {
    let (script, _listener) = hanging();
    assert_eq!(script.check("300ms").output().unwrap().status.code(), Some(1));
    script.check_gone(3);
}

#[test]
fn a_check_that_a_signal_ends_kills_its_servers_first() {
    for (signal, status) in [("TERM", 143), ("INT", 130), ("HUP", 129)] {
        let (script, _listener) = hanging();
        let mut check = script.check("600s").spawn().unwrap();
        wait_until(PATIENCE, || script.processes().len() >= 3);
        let sent = Command::new("kill").args(["-s", signal, &check.id().to_string()]).status().unwrap();
        assert!(sent.success());
        assert_eq!(check.wait().unwrap().code(), Some(status));
        script.check_gone(3);
    }
}

#[test]
fn what_a_server_leaves_when_it_ends_is_killed() {
    let script = format!("sleep 600 & echo $! >>processes; exec {COMMAND} serve --listen 127.0.0.1:0");
    let script = Script::new(&script);
    assert_eq!(script.check("30s").output().unwrap().status.code(), Some(0));
    script.check_gone(2);
}
