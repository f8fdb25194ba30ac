//! Signals to scripts: a peer that stands still for a while, as if its machine had gone to sleep, and one that is gone at once.

use std::io;
use std::os::unix::process::CommandExt as _;
use std::process::{Child, Command, Stdio};

use super::Script;

/// A script whose process is stopped. It goes on when this is dropped.
#[must_use = "the script goes on when this is dropped"]
pub struct Paused<'a> {
    script: &'a Script,
    guard: Child,
}

impl Script {
    /// Stops the script's process with SIGSTOP: its connections stay, and nobody answers on them.
    ///
    /// A process that is stopped does not notice that its input has ended. So another watches over it meanwhile, and kills it
    /// when the process that called this has ended in whatever way.
    ///
    /// # Errors
    ///
    /// When there is no `sh` or no `kill`.
    pub fn pause(&self) -> io::Result<Paused<'_>> {
        let guard = Command::new("sh")
            .args(["-c", "read -r _; kill -KILL \"$0\"", &self.id().to_string()])
            .stdin(Stdio::piped())
            // What a terminal sends to end the tests is not for the guard.
            .process_group(0)
            .spawn()?;
        let paused = Paused { script: self, guard };
        self.signal("STOP")?;
        Ok(paused)
    }

    /// Kills the script's process, with SIGKILL, which it does not survive to take leave of anybody.
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
        // Where this fails the script stays stopped, and ends with its own drop all the same.
        let _ = self.script.signal("CONT");
        // The guard's input ends only after it.
        let _ = self.guard.kill();
        let _ = self.guard.wait();
    }
}
