//! Looks on the `PATH` for the programs that some tests need, and installs the npm packages of the scripts in `interop`.
//! Tests whose programs or packages are not there are listed as ignored. `plain_node` is Node.js, and `node` is Node.js with
//! these packages.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::{env, io};

const CHROMIUM: [&str; 4] = ["chromium", "chromium-browser", "google-chrome", "google-chrome-stable"];

/// The oldest Node.js that the scripts in `interop` and the adapter are written for.
const NODE_MAJOR: u32 = 20;

fn main() {
    println!("cargo::rerun-if-changed=build.rs");
    println!("cargo::rerun-if-env-changed=PATH");
    println!("cargo::rustc-check-cfg=cfg(chromium, curl, go, node, plain_node, python, redis_server)");
    if let Some(chromium) = on_path(&CHROMIUM) {
        println!("cargo::rustc-cfg=chromium");
        println!("cargo::rustc-env=CHROMIUM={}", chromium.display());
    }
    if on_path(&["curl"]).is_some() {
        println!("cargo::rustc-cfg=curl");
    }
    if let Some(server) = on_path(&["redis-server"]) {
        println!("cargo::rustc-cfg=redis_server");
        println!("cargo::rustc-env=REDIS_SERVER={}", server.display());
    }
    if let Some(go) = on_path(&["go"]) {
        println!("cargo::rustc-cfg=go");
        println!("cargo::rustc-env=GO={}", go.display());
    }
    if let Some(python) = python() {
        println!("cargo::rustc-cfg=python");
        println!("cargo::rustc-env=PYTHON={python}");
    }
    let node = node();
    if let Ok(node) = &node {
        println!("cargo::rustc-cfg=plain_node");
        println!("cargo::rustc-env=NODE={}", node.display());
    }
    if env::var_os("CARGO_FEATURE_INTEROP").is_some() {
        match node.and_then(|_| install_packages(Path::new("interop"))) {
            Ok(()) => println!("cargo::rustc-cfg=node"),
            Err(reason) => println!("cargo::warning=The tests that need npm packages will be ignored: {reason}"),
        }
    }
}

/// The first program on the `PATH` with one of these names. The build script runs again when that program changes; while there
/// is none, when a directory of the `PATH` changes, since one may have been installed.
fn on_path(names: &[&str]) -> Option<PathBuf> {
    let directories: Vec<PathBuf> = env::split_paths(&env::var_os("PATH").unwrap_or_default()).collect();
    let mut places = names.iter().flat_map(|name| directories.iter().map(move |directory| directory.join(name)));
    let found = places.find(|place| place.is_file());
    match &found {
        Some(program) => println!("cargo::rerun-if-changed={}", program.display()),
        None => {
            for directory in directories.iter().filter(|directory| directory.is_dir()) {
                println!("cargo::rerun-if-changed={}", directory.display());
            }
        }
    }
    found
}

/// Python 3.9 or later: the program itself, since what is on the `PATH` may be a script that looks for it each time.
fn python() -> Option<String> {
    const PRINT: &str = "import sys; print(sys.executable if sys.version_info >= (3, 9) else '')";
    let python = on_path(&["python3"])?;
    printed_by(Command::new(python).args(["-c", PRINT])).ok().filter(|program| !program.is_empty())
}

fn node() -> Result<PathBuf, String> {
    let node = on_path(&["node"]).ok_or("there is no node on the PATH")?;
    let version = major_version(&node).map_err(|error| format!("{}: {error}", node.display()))?;
    if version < NODE_MAJOR {
        return Err(format!("{} is version {version}, and they need {NODE_MAJOR}", node.display()));
    }
    Ok(node)
}

/// Installs the packages of the scripts in this directory there, in the versions of the lock file.
fn install_packages(directory: &Path) -> Result<(), String> {
    let npm = on_path(&["npm"]).ok_or("there is no npm on the PATH")?;
    install(&npm, directory).map_err(|error| format!("npm ci in {}: {error}", directory.display()))
}

fn major_version(node: &Path) -> io::Result<u32> {
    // Such as `v20.20.2`.
    let version = printed_by(Command::new(node).arg("--version"))?;
    let major = version.trim_start_matches('v').split('.').next().unwrap_or_default();
    major.parse().map_err(|_| io::Error::other(format!("its version is {version:?}")))
}

fn install(npm: &Path, directory: &Path) -> io::Result<()> {
    let (wanted, installed) = (directory.join("package-lock.json"), directory.join("node_modules/.installed.json"));
    println!("cargo::rerun-if-changed={}", wanted.display());
    println!("cargo::rerun-if-changed={}", installed.display());
    if fs::read(&installed).ok() != Some(fs::read(&wanted)?) {
        printed_by(Command::new(npm).args(["ci", "--no-audit", "--no-fund"]).current_dir(directory))?;
        fs::copy(&wanted, &installed)?;
    }
    Ok(())
}

/// What the command prints. If it fails, the error is what it wrote to stderr, on one line.
fn printed_by(command: &mut Command) -> io::Result<String> {
    let output = command.output()?;
    if output.status.success() {
        return Ok(String::from_utf8_lossy(&output.stdout).trim().to_owned());
    }
    let complaint = String::from_utf8_lossy(&output.stderr);
    Err(io::Error::other(complaint.lines().collect::<Vec<_>>().join("; ")))
}
