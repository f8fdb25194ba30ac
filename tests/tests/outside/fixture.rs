//! The crates in `fixtures`, and `cargo test` in them.

use std::path::{Path, PathBuf};
use std::process::{Command, Output};
use std::sync::{OnceLock, mpsc};
use std::time::Duration;
use std::{env, fs, thread};

use crate::output::Outcome;

/// A crate whose one dependency is value-store.
pub(crate) static IMPLEMENTOR: Fixture = Fixture::new("implementor");
/// A crate that calls value-store `kv`.
pub(crate) static RENAMED: Fixture = Fixture::new("renamed");
/// A crate that depends on tokio, too.
pub(crate) static ASYNCHRONOUS: Fixture = Fixture::new("asynchronous");

/// The seed of the runs whose reports are looked at.
pub(crate) const SEED: &str = "0x51f3";

/// How long a run may take that should end by itself. The longest take a few seconds.
const PATIENCE: Duration = Duration::from_secs(180);

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
        let mut cargo = self.cargo(&["--test", file, "--", "--show-output", &format!("{factory}::")]);
        Outcome::read(factory, &run(cargo.env("VALUE_STORE_SEED", seed)))
    }

    /// Like [`test`](Self::test), with all cases at once: where each waits for its deadline, they wait together.
    pub(crate) fn test_at_once(&self, file: &str, factory: &str) -> Outcome {
        let mut cargo = self.cargo(&["--test", file, "--", "--show-output", &format!("{factory}::")]);
        Outcome::read(factory, &run(cargo.env("VALUE_STORE_SEED", SEED).env("RUST_TEST_THREADS", "100")))
    }

    /// `cargo test` on this crate, which is built first, as a person would start it in a new terminal.
    fn cargo(&self, arguments: &[&str]) -> Command {
        self.built.get_or_init(|| self.build());
        let mut cargo = self.bare_cargo();
        cargo.args(arguments);
        cargo
    }

    /// Builds the crate with the versions of this workspace, so that it neither asks the network nor lags behind.
    fn build(&self) {
        fs::copy(fixtures().join("../../Cargo.lock"), self.directory().join("Cargo.lock")).expect("a lock file");
        let output = self.bare_cargo().arg("--no-run").output().expect("cargo runs");
        assert!(output.status.success(), "{} does not build:\n{}", self.name, String::from_utf8_lossy(&output.stderr));
    }

    fn bare_cargo(&self) -> Command {
        let mut cargo = Command::new(env!("CARGO"));
        cargo.arg("test").current_dir(self.directory());
        cargo.arg("--target-dir").arg(Path::new(env!("CARGO_TARGET_TMPDIR")).join("outside"));
        // What the run of these tests was told is not for those.
        let is_about_this_run = |name: &str| {
            let prefixes = ["CARGO_PKG_", "CARGO_MANIFEST_", "RUST_TEST_"];
            let names = ["VALUE_STORE_SEED", "RUST_BACKTRACE", "RUST_LIB_BACKTRACE"];
            prefixes.iter().any(|prefix| name.starts_with(prefix)) || names.contains(&name)
        };
        for (name, _) in env::vars_os().filter(|(name, _)| name.to_str().is_some_and(is_about_this_run)) {
            cargo.env_remove(name);
        }
        cargo
    }

    fn directory(&self) -> PathBuf {
        fixtures().join(self.name)
    }
}

fn fixtures() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures")
}

/// Runs to the end, which has to come.
fn run(cargo: &mut Command) -> Output {
    let (sender, receiver) = mpsc::channel();
    let described = format!("{cargo:?}");
    let child = cargo.stdout(std::process::Stdio::piped()).stderr(std::process::Stdio::piped()).spawn();
    let child = child.expect("cargo runs");
    thread::spawn(move || sender.send(child.wait_with_output()));
    let output = receiver.recv_timeout(PATIENCE);
    output.unwrap_or_else(|_| panic!("{described} has not ended by itself")).expect("the output of cargo")
}
