//! A directory that is removed when this process ends, whatever ends it.

use std::io;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::OnceLock;

/// The directory of this process, in which it makes all others.
#[derive(Debug)]
pub(super) struct Kept {
    directory: PathBuf,
    /// It waits for the end of this process, and then removes the directory.
    _keeper: Child,
}

impl Kept {
    /// The first call makes it. `None` where there is no shell that could remove it, or where it cannot be made.
    pub(super) fn of_this_process(make: impl FnOnce() -> io::Result<PathBuf>) -> Option<&'static Self> {
        static KEPT: OnceLock<Option<Kept>> = OnceLock::new();
        KEPT.get_or_init(|| Self::new(make)).as_ref()
    }

    fn new(make: impl FnOnce() -> io::Result<PathBuf>) -> Option<Self> {
        // The system closes the other end of its input when this process ends. What this process has started ends at that time,
        // too, and may still write to the directory.
        const SCRIPT: &str = "read -r _; n=0; until rm -rf -- \"$0\" || [ $n -ge 60 ]; do n=$((n + 1)); sleep 1; done";
        if !cfg!(unix) {
            return None;
        }
        let directory = make().ok()?;
        let mut shell = Command::new("sh");
        shell.args(["-c", SCRIPT]).arg(&directory);
        shell.stdin(Stdio::piped()).stdout(Stdio::null()).stderr(Stdio::null());
        // What a terminal sends to the tests, when somebody interrupts them, is not for it.
        #[cfg(unix)]
        std::os::unix::process::CommandExt::process_group(&mut shell, 0);
        if let Ok(keeper) = shell.spawn() {
            return Some(Self { directory, _keeper: keeper });
        }
        let _ = std::fs::remove_dir(directory);
        None
    }

    pub(super) fn directory(&self) -> &Path {
        &self.directory
    }
}
