//! Crates that a bench writes, to see what building and running them costs.
//!
//! They are members of a workspace of their own, so the settings of this one do not apply to them. Only the versions are the
//! same, since its lock file is copied. With a complete lock file, cargo asks the registry only for crates that were never
//! downloaded.
//! `cargo fetch` downloads them all in advance.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use crate::processor_time::{Cost, measure};

/// A package of a [`Workspace`]: a library that holds its tests too, so that there is one crate to build.
#[derive(Clone, Debug)]
pub struct Package {
    /// The name of the package and of its directory.
    pub name: String,
    /// The lines under `[dependencies]`.
    pub dependencies: String,
    /// All of `src/lib.rs`.
    pub source: String,
}

/// A workspace on the disk.
#[derive(Debug)]
pub struct Workspace {
    root: PathBuf,
    target: PathBuf,
}

impl Workspace {
    /// Writes the packages into `root`, which is removed first. They are built in `target`. Workspaces may have the same
    /// `target`: what they have in common is then built once.
    ///
    /// # Panics
    ///
    /// If a file cannot be written.
    #[must_use]
    pub fn write(root: &Path, target: &Path, packages: &[Package]) -> Self {
        let _ = fs::remove_dir_all(root);
        fs::create_dir_all(root).expect("the bench may write below the target directory");
        fs::copy(sources().join("Cargo.lock"), root.join("Cargo.lock")).expect("the workspace has a lock file");
        let members: Vec<_> = packages.iter().map(|package| &package.name).collect();
        write(&root.join("Cargo.toml"), &format!("[workspace]\nresolver = \"3\"\nmembers = {members:?}\n"));
        for Package { name, dependencies, source } in packages {
            let manifest =
                format!("[package]\nname = \"{name}\"\nedition = \"2024\"\n\n[dependencies]\n{dependencies}\n");
            fs::create_dir_all(root.join(name).join("src")).expect("the bench may write below the target directory");
            write(&root.join(name).join("Cargo.toml"), &manifest);
            write(&root.join(name).join("src/lib.rs"), source);
        }
        Self { root: root.to_owned(), target: target.to_owned() }
    }

    /// The only source file of a package.
    #[must_use]
    pub fn source(&self, package: &str) -> PathBuf {
        self.root.join(package).join("src/lib.rs")
    }

    /// The directory in which it is built.
    #[must_use]
    pub fn target(&self) -> &Path {
        &self.target
    }

    /// A cargo command for one package.
    #[must_use]
    pub fn cargo(&self, command: &[&str], package: &str) -> Command {
        let mut cargo = Command::new(env!("CARGO"));
        cargo.args(command).args(["--package", package, "--target-dir"]).arg(&self.target).current_dir(&self.root);
        // People build incrementally, so that is what is measured. CI may turn it off.
        cargo.env_remove("CARGO_INCREMENTAL");
        cargo
    }

    /// Builds the tests of a package, as `cargo test` does before it runs them.
    #[must_use]
    pub fn build_tests(&self, package: &str) -> Cost {
        measure(&mut self.cargo(&["test", "--no-run", "--lib"], package)).0
    }

    /// Removes what was built of a package, but not of its dependencies.
    pub fn clean(&self, package: &str) {
        measure(&mut self.cargo(&["clean"], package));
    }

    /// The program that runs the tests of a package. Builds it first, if need be.
    ///
    /// # Panics
    ///
    /// If cargo does not name the program.
    #[must_use]
    pub fn test_program(&self, package: &str) -> PathBuf {
        let build = ["test", "--no-run", "--lib", "--message-format", "json-render-diagnostics"];
        let (_, output) = measure(&mut self.cargo(&build, package));
        let messages = String::from_utf8_lossy(&output.stdout);
        let path = messages.lines().filter_map(executable).next_back();
        path.unwrap_or_else(|| panic!("cargo names no program of {package}:\n{messages}"))
    }
}

/// The line under `[dependencies]` for the value-store of this workspace.
#[must_use]
pub fn value_store(features: &[&str]) -> String {
    let path = sources().join("value-store");
    format!("value-store = {{ path = \"{}\", features = {features:?} }}\n", path.display())
}

/// The dependencies of crates with tests of stores. All have the same, so that these are built once, and not for each set of
/// features again.
#[must_use]
pub fn dependencies_of_tests() -> String {
    let others = r#"
generic-tests = "0.1"
rstest = { version = "0.29", default-features = false }
tokio = { version = "1", features = ["macros", "rt-multi-thread"] }
"#;
    value_store(&["conformance"]) + others
}

/// The root of the workspace of this package.
fn sources() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..")
}

/// The field `executable` of one of cargo's JSON messages.
fn executable(message: &str) -> Option<PathBuf> {
    let (_, rest) = message.split_once(r#""executable":""#)?;
    Some(rest.split_once('"')?.0.into())
}

/// A test, as a test program lists it.
#[derive(Clone, Debug, PartialEq)]
pub struct Test {
    /// Its name, with the modules.
    pub path: String,
    /// Whether it has `#[ignore]`.
    pub is_ignored: bool,
}

impl Test {
    /// The same test, with the path that it has within the module of its store.
    #[must_use]
    pub fn without_its_first_module(&self) -> Self {
        let (_, path) = self.path.split_once("::").unwrap_or(("", &self.path));
        Self { path: path.to_owned(), is_ignored: self.is_ignored }
    }
}

/// All tests of a test program.
///
/// # Panics
///
/// If the program cannot list them.
#[must_use]
pub fn tests_of(program: &Path) -> Vec<Test> {
    let list = |more: &[&str]| {
        let (_, output) = measure(Command::new(program).arg("--list").args(more));
        listed(&String::from_utf8_lossy(&output.stdout))
    };
    let ignored = list(&["--ignored"]);
    let test = |path| Test { is_ignored: ignored.contains(&path), path };
    list(&[]).into_iter().map(test).collect()
}

fn listed(lines: &str) -> Vec<String> {
    lines.lines().filter_map(|line| line.strip_suffix(": test")).map(str::to_owned).collect()
}

fn write(path: &Path, text: &str) {
    fs::write(path, text).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::{executable, listed};

    #[test]
    fn program_is_the_one_that_cargo_names() {
        let artifact = r#"{"reason":"compiler-artifact","executable":"/target/debug/deps/a-1","fresh":true}"#;
        assert_eq!(executable(artifact).as_deref(), Some(Path::new("/target/debug/deps/a-1")));
        assert_eq!(executable(r#"{"reason":"compiler-artifact","executable":null,"fresh":true}"#), None);
    }

    #[test]
    fn tests_are_told_from_what_else_is_listed() {
        assert_eq!(listed("a::b: test\nc: benchmark\nd: test\n\n2 tests, 1 benchmark\n"), ["a::b", "d"]);
    }
}
