//! The directory in which the stores are beside their adapters, which have the names that users give them.

use std::error::Error;
use std::path::{Path, PathBuf};
use std::process::{self, Command};
use std::sync::OnceLock;
use std::{fs, io};

const DIRECTORY: &str = concat!(env!("CARGO_TARGET_TMPDIR"), "/adapters");

/// The adapters, as `value-store adapter` prints them.
pub(crate) const ADAPTERS: [(&str, &str); 3] = [
    ("value-store.mjs", include_str!("../../../value-store/src/cli/adapters/node.mjs")),
    ("value_store.py", include_str!("../../../value-store/src/cli/adapters/python.py")),
    ("adapter.go", include_str!("../../../value-store/src/cli/adapters/adapter.go")),
];

const STORES: [(&str, &str); 7] = [
    ("map.mjs", include_str!("stores/map.mjs")),
    ("map.py", include_str!("stores/map.py")),
    ("map.go", include_str!("stores/map.go")),
    ("files.mjs", include_str!("stores/files.mjs")),
    ("odd.mjs", include_str!("stores/odd.mjs")),
    ("odd.py", include_str!("stores/odd.py")),
    ("odd.go", include_str!("stores/odd.go")),
];

/// The command that starts the store in this file.
pub(crate) fn command(store: &str) -> Result<Command, Box<dyn Error>> {
    static INSTALLED: OnceLock<Result<(), String>> = OnceLock::new();
    INSTALLED.get_or_init(|| install().map_err(|error| error.to_string())).clone()?;
    let path = Path::new(DIRECTORY).join(store);
    let missing = "its language was not there when this was built";
    let interpreter = match path.extension().and_then(|extension| extension.to_str()) {
        Some("mjs") => option_env!("NODE").ok_or(missing)?,
        Some("py") => option_env!("PYTHON").ok_or(missing)?,
        _ => {
            compile_all(option_env!("GO").ok_or(missing)?)?;
            return Ok(Command::new(path.with_extension("")));
        }
    };
    let mut command = Command::new(interpreter);
    command.arg(path);
    Ok(command)
}

/// Other processes of these tests may use the directory at the same time, so a file is there whole, or not at all.
fn install() -> io::Result<()> {
    fs::create_dir_all(DIRECTORY)?;
    for (name, content) in ADAPTERS.into_iter().chain(STORES) {
        let path = Path::new(DIRECTORY).join(name);
        if fs::read(&path).ok().as_deref() != Some(content.as_bytes()) {
            place(&path, |unfinished| fs::write(unfinished, content))?;
        }
    }
    Ok(())
}

/// Once in a process, and not in those that are started only to be killed.
fn compile_all(go: &str) -> Result<(), String> {
    static COMPILED: OnceLock<Result<(), String>> = OnceLock::new();
    let compile = |store: &str| {
        let source = format!("{store}.go");
        place(&Path::new(DIRECTORY).join(store), |unfinished| compile(go, &source, unfinished))
    };
    COMPILED.get_or_init(|| ["map", "odd"].into_iter().try_for_each(compile).map_err(|error| error.to_string())).clone()
}

fn place(path: &Path, write: impl FnOnce(&Path) -> io::Result<()>) -> io::Result<()> {
    let unfinished = PathBuf::from(format!("{}.{}", path.display(), process::id()));
    write(&unfinished)?;
    fs::rename(unfinished, path)
}

/// Needs no network, as the adapter has no dependencies.
fn compile(go: &str, source: &str, program: &Path) -> io::Result<()> {
    let mut command = Command::new(go);
    command.arg("build").arg("-o").arg(program).args([source, "adapter.go"]);
    let output = command.current_dir(DIRECTORY).output()?;
    if output.status.success() {
        return Ok(());
    }
    Err(io::Error::other(format!("{source} does not compile: {}", String::from_utf8_lossy(&output.stderr))))
}
