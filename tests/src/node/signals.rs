//! Signals to scripts: one stops a peer for a while, as if its machine had gone to sleep, another kills it.

use std::io;
use std::os::unix::process::CommandExt as _;
use std::process::{Child, Command, Stdio};

use super::Script;

/// A script whose process is stopped until this is dropped.
#[must_use = "the script goes on when this is dropped"]
pub struct Paused<'a> {
    script: &'a Script,
    guard: Child,
}

impl Script {
    /// Stops the script's process with SIGSTOP: its connections stay open, and nobody answers on them.
    ///
    /// A stopped process does not notice that its input has ended. So a guard process watches over it meanwhile, and kills it
    /// when the calling process ends, even if that is killed.
    ///
    /// # Errors
    ///
    /// When there is no `sh` or no `kill`.
    pub fn pause(&self) -> io::Result<Paused<'_>> {
        let guard = Command::new("sh")
            .args(["-c", "read -r _; kill -KILL \"$0\"", &self.id().to_string()])
            .stdin(Stdio::piped())
            // A Ctrl-C in the terminal ends the tests, and must not end the guard before it has done its work.
            .process_group(0)
            .spawn()?;
        let paused = Paused { script: self, guard };
        self.signal("STOP")?;
        Ok(paused)
    }

    /// Kills the script's process with SIGKILL: it closes no connection in an orderly way.
    ///
    /// # Errors
    ///
    /// When there is no `kill`.
    pub fn kill(&self) -> io::Result<()> {
        self.signal("KILL")
    }

    fn signal(&self, name: &str) -> io::Result<()> {
        let sent = Command::new("kill").args(["-s", name, &self.id().to_string()]).status()?;
        if sent.success() { Ok(()) } else { Err(io::Error::other(format!("no SIG{name} was sent: {sent}"))) }
    }
}

impl Drop for Paused<'_> {
    fn drop(&mut self) {
        // If this fails, the script stays stopped. Its own drop kills it all the same.
        let _ = self.script.signal("CONT");
        // The guard must be gone before its input ends, since it would kill the script then.
        let _ = self.guard.kill();
        let _ = self.guard.wait();
    }
}
