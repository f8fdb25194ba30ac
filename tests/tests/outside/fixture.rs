//! The crates in `fixtures`, and how `cargo test` is run in them.

use std::path::{Path, PathBuf};
use std::process::{Child, Command, Output, Stdio};
use std::sync::{Condvar, Mutex, OnceLock, mpsc};
use std::time::Duration;
use std::{env, fs, thread};

use crate::output::Outcome;

/// A crate whose one dependency is value-store.
pub(crate) static IMPLEMENTOR: Fixture = Fixture::new("implementor");
/// A crate that calls value-store `kv`.
pub(crate) static RENAMED: Fixture = Fixture::new("renamed");
/// A crate that depends on tokio, too.
pub(crate) static ASYNCHRONOUS: Fixture = Fixture::new("asynchronous");

/// A crate whose stores are judged on a disk that can fail.
pub(crate) static ON_A_DISK: Fixture = Fixture::new("on_a_disk");

/// The seed of the runs whose reports are looked at.
pub(crate) const SEED: &str = "0x51f3";

/// A run that takes longer than this hangs. The longest take a few seconds.
const PATIENCE: Duration = Duration::from_secs(180);

/// How many runs there are at a time. Each has up to a hundred threads, and some fixtures have deadlines of 2 s: with a run for
/// each of 32 test threads, calls would miss their deadlines.
const RUNS_AT_A_TIME: usize = 4;

pub(crate) struct Fixture {
    name: &'static str,
    built: OnceLock<()>,
}

impl Fixture {
    const fn new(name: &'static str) -> Self {
        Self { name, built: OnceLock::new() }
    }

    /// Runs the cases of a factory in `tests/<file>.rs`, always with the same seed.
    pub(crate) fn test(&self, file: &str, factory: &str) -> Outcome {
        self.test_with_seed(file, factory, SEED)
    }

    pub(crate) fn test_with_seed(&self, file: &str, factory: &str, seed: &str) -> Outcome {
        Outcome::read(factory, &run(self.cargo_test(file, factory).env("VALUE_STORE_SEED", seed)))
    }

    /// Runs one case, in a process of its own, with these variables in its environment.
    pub(crate) fn test_case(&self, file: &str, factory: &str, case: &str, variables: &[(&str, &str)]) -> Outcome {
        self.built.get_or_init(|| self.build());
        let mut cargo = self.bare_cargo();
        cargo.args(["--test", file, "--", "--show-output", "--exact", &format!("{factory}::{case}")]);
        Outcome::read(factory, &run(cargo.env("VALUE_STORE_SEED", SEED).envs(variables.iter().copied())))
    }

    /// Like [`test`](Self::test), with a hundred cases at once: where each waits for its deadline, they wait together.
    pub(crate) fn test_at_once(&self, file: &str, factory: &str) -> Outcome {
        let mut cargo = self.cargo_test(file, factory);
        Outcome::read(factory, &run(cargo.env("VALUE_STORE_SEED", SEED).env("RUST_TEST_THREADS", "100")))
    }

    /// Runs the tests that these arguments select.
    pub(crate) fn test_selected(
        &self,
        file: &str,
        factory: &str,
        arguments: &[&str],
        variables: &[(&str, &str)],
    ) -> Outcome {
        self.built.get_or_init(|| self.build());
        let mut cargo = self.bare_cargo();
        cargo.args(["--test", file, "--", "--show-output"]).args(arguments);
        Outcome::read(factory, &run(cargo.env("VALUE_STORE_SEED", SEED).envs(variables.iter().copied())))
    }

    /// `cargo test` on some cases of a factory, with its scratch directories below this one, which goes on.
    pub(crate) fn start(&self, file: &str, cases: &str, scratch: &Path) -> Child {
        let mut cargo = self.cargo_test(file, cases);
        cargo.env("TMPDIR", scratch).stdout(Stdio::null()).stderr(Stdio::null());
        cargo.spawn().expect("cargo runs")
    }

    /// `cargo test` on this crate, as a person would start it in a new terminal. The first call builds the crate.
    fn cargo_test(&self, file: &str, factory: &str) -> Command {
        self.built.get_or_init(|| self.build());
        let mut cargo = self.bare_cargo();
        cargo.args(["--test", file, "--", "--show-output", &format!("{factory}::")]);
        cargo
    }

    /// Builds the crate with the versions of this workspace: cargo then asks no registry, and the crate does not lag behind.
    fn build(&self) {
        fs::copy(fixtures().join("../../Cargo.lock"), self.directory().join("Cargo.lock")).expect("a lock file");
        let output = self.bare_cargo().arg("--no-run").output().expect("cargo runs");
        assert!(output.status.success(), "{} does not build:\n{}", self.name, String::from_utf8_lossy(&output.stderr));
    }

    fn bare_cargo(&self) -> Command {
        let mut cargo = Command::new(env!("CARGO"));
        cargo.arg("test");
        cargo.arg("--target-dir").arg(Path::new(env!("CARGO_TARGET_TMPDIR")).join("outside"));
        // Nobody debugs these crates, and without debug information they build in five sixths of the processor time.
        cargo.env("CARGO_PROFILE_DEV_DEBUG", "false");
        // These are settings of the run of these tests, and must not reach the runs that they start.
        let is_about_this_run = |name: &str| {
            let prefixes = ["CARGO_PKG_", "CARGO_MANIFEST_", "RUST_TEST_"];
            let names =
                ["VALUE_STORE_SEED", "VALUE_STORE_ANYWAY", "NEXTEST_RUN_ID", "RUST_BACKTRACE", "RUST_LIB_BACKTRACE"];
            prefixes.iter().any(|prefix| name.starts_with(prefix)) || names.contains(&name)
        };
        for (name, _) in env::vars_os().filter(|(name, _)| name.to_str().is_some_and(is_about_this_run)) {
            cargo.env_remove(name);
        }
        // In a directory for which this repository has no configuration: that sets the number of threads.
        cargo.current_dir(env::temp_dir()).arg("--manifest-path").arg(self.directory().join("Cargo.toml"));
        cargo
    }

    fn directory(&self) -> PathBuf {
        fixtures().join(self.name)
    }
}

fn fixtures() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures")
}

/// Waits for its turn, and then runs the command to its end.
fn run(cargo: &mut Command) -> Output {
    let _turn = Turn::wait();
    let (sender, receiver) = mpsc::channel();
    let described = format!("{cargo:?}");
    let child = cargo.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn();
    let child = child.expect("cargo runs");
    thread::spawn(move || sender.send(child.wait_with_output()));
    let output = receiver.recv_timeout(PATIENCE);
    output.unwrap_or_else(|_| panic!("{described} has not ended by itself")).expect("the output of cargo")
}

/// One of the [`RUNS_AT_A_TIME`], until it is dropped.
struct Turn;

static RUNNING: Mutex<usize> = Mutex::new(0);
static ENDED: Condvar = Condvar::new();

impl Turn {
    fn wait() -> Self {
        let running = RUNNING.lock().expect("nobody panics with this lock");
        let running = ENDED.wait_while(running, |running| *running == RUNS_AT_A_TIME);
        *running.expect("nobody panics with this lock") += 1;
        Self
    }
}

impl Drop for Turn {
    fn drop(&mut self) {
        *RUNNING.lock().expect("nobody panics with this lock") -= 1;
        ENDED.notify_one();
    }
}
