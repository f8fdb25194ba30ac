//! Stores that lose what they acknowledged when their process is killed, or when the power goes; and what is left when the
//! process of the tests is killed itself.

use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::{Duration, Instant};
use std::{fs, io, thread};

use crate::fixture::{IMPLEMENTOR, ON_A_DISK};
use value_store_tests::printed::in_readme;
use value_store_tests::snapshot;

#[test]
fn a_buffer_that_is_written_in_a_drop_survives_a_restart_and_no_kill() {
    let outcome = IMPLEMENTOR.test("buffered", "buffered");
    assert_eq!(outcome.failed(), ["killed::right_after_ok"]);

    let report = outcome.report("killed::right_after_ok");
    snapshot::expect("tests/outside/snapshots/whole_report_of_a_kill.txt", &report);
    assert_eq!(in_readme("killed::right_after_ok"), report, "the README shows another report");
}

#[test]
fn a_log_that_is_never_synced_survives_a_kill_and_no_power_loss() {
    const CASE: &str = "power_loss::acknowledged_survives";
    let outcome = ON_A_DISK.test("logs", "never_synced");
    if let Some(reason) = outcome.ignored(CASE) {
        assert!(reason.starts_with("it needs a disk that can fail"), "{reason}");
        assert_eq!(outcome.failed(), [""; 0]);
        return;
    }
    assert_eq!(outcome.failed(), [CASE]);

    let report = outcome.report(CASE);
    snapshot::expect("tests/outside/snapshots/whole_report_of_a_power_loss.txt", &report);
    assert_eq!(in_readme(CASE), report, "the README shows another report");
}

#[test]
fn a_factory_that_does_wrong_in_a_process_of_its_own_is_reported_as_anywhere_else() {
    const CASE: &str = "killed::right_after_ok";
    let anyway = [("VALUE_STORE_ANYWAY", "1")];
    for (factory, told) in [
        ("fails", "but  the factory returned an error: no room in this process"),
        ("panics", "but  the store panicked: not in this process (at tests/elsewhere.rs:20)"),
        ("hangs", "but  the factory had not returned when the deadline of 2 s had passed"),
    ] {
        let report = IMPLEMENTOR.test_case("elsewhere", factory, CASE, &anyway).report(CASE);
        assert!(report.lines().any(|line| line.trim_start() == told), "{factory}:\n{report}");
    }
}

#[test]
fn nothing_is_left_when_the_process_of_the_tests_is_killed() {
    for family in ["synced::killed", "synced::power_loss", "synced::disk_faults"] {
        let scratch = tempfile::tempdir().expect("a directory");
        let mut cargo = ON_A_DISK.start("logs", family, scratch.path());
        let has_begun =
            until(Duration::from_secs(60), || used(scratch.path()) > 0 && !victims(scratch.path()).is_empty());
        let has_ended = || cargo.try_wait().is_ok_and(|ended| ended.is_some());
        if !has_begun && until(Duration::ZERO, has_ended) {
            // There is no disk here, so these cases are ignored.
            continue;
        }
        assert!(has_begun, "{family}: nothing was started in a minute");
        let tests: Vec<_> = processes(scratch.path()).into_iter().filter(|process| process.is_test).collect();
        assert_eq!(tests.len(), 1, "{family}: {tests:?}");
        kill(&tests[0]);
        cargo.wait().expect("cargo ends");
        let is_over =
            until(Duration::from_secs(5), || used(scratch.path()) == 0 && processes(scratch.path()).is_empty());
        let mounts = mounts(scratch.path());
        assert!(
            is_over && mounts.is_empty(),
            "{family}: {:?} {:?} {mounts:?}",
            processes(scratch.path()),
            fs::read_dir(scratch.path()).map(|left| left.flatten().map(|left| left.path()).collect::<Vec<_>>())
        );
    }
}

/// Whether something is so, within this time.
fn until(patience: Duration, mut is_so: impl FnMut() -> bool) -> bool {
    let begun = Instant::now();
    loop {
        if is_so() {
            return true;
        }
        if begun.elapsed() >= patience {
            return false;
        }
        thread::sleep(Duration::from_millis(20));
    }
}

/// How many directories there are below this one.
fn used(scratch: &Path) -> usize {
    fs::read_dir(scratch).map_or(0, Iterator::count)
}

/// A process that has its scratch directories below a given one.
#[derive(Debug)]
struct Process {
    number: String,
    /// Whether it is that of the tests, and not one that it has started, nor cargo.
    is_test: bool,
    is_victim: bool,
}

fn processes(scratch: &Path) -> Vec<Process> {
    let variable = format!("TMPDIR={}", scratch.display());
    let all = fs::read_dir("/proc").into_iter().flatten().flatten().map(|entry| entry.path());
    all.filter_map(|process| read(&process, &variable).ok().flatten()).collect()
}

fn read(process: &Path, variable: &str) -> io::Result<Option<Process>> {
    let environment = fs::read(process.join("environ"))?;
    let environment = String::from_utf8_lossy(&environment).into_owned();
    let has = |name: &str| environment.split('\0').any(|variable| variable.starts_with(name));
    if !has(variable) {
        return Ok(None);
    }
    let program: PathBuf = fs::read_link(process.join("exe"))?;
    let is_of_the_tests = program.file_name().is_some_and(|name| name.to_string_lossy().starts_with("logs-"));
    let number = process.file_name().unwrap_or_default().to_string_lossy().into_owned();
    let is_victim = is_of_the_tests && has("VALUE_STORE_VICTIM=");
    Ok(Some(Process { number, is_test: is_of_the_tests && !is_victim, is_victim }))
}

fn victims(scratch: &Path) -> Vec<Process> {
    processes(scratch).into_iter().filter(|process| process.is_victim).collect()
}

fn kill(process: &Process) {
    let killed = Command::new("kill").args(["-9", &process.number]).status();
    assert!(killed.is_ok_and(|status| status.success()), "{process:?}");
}

/// What is mounted below this directory, as any process sees it.
fn mounts(scratch: &Path) -> Vec<String> {
    let name = scratch.display().to_string();
    let all = fs::read_dir("/proc").into_iter().flatten().flatten().map(|entry| entry.path().join("mountinfo"));
    let all = all.filter_map(|mounts| fs::read_to_string(mounts).ok());
    all.flat_map(|mounts| mounts.lines().filter(|line| line.contains(&name)).map(str::to_owned).collect::<Vec<_>>())
        .collect()
}
