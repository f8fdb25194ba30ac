//! A store in another language, in a process of its own.

use std::error::Error;
use std::io::{self, Read as _};
use std::path::Path;
use std::process::{Child, ChildStdout, ExitStatus, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use crate::install;

/// How long a server may take to end by itself.
const PATIENCE: Duration = Duration::from_secs(30);

/// A server, which ends when this is dropped, and when the process that started it ends, even if that is killed.
pub(crate) struct Server {
    process: Child,
    #[expect(dead_code, reason = "a store may go on printing")]
    output: ChildStdout,
    urls: Vec<String>,
}

impl Server {
    /// Starts the store in this file, and waits until it accepts connections.
    pub(crate) fn start(store: &str, directory: &Path) -> Result<Self, Box<dyn Error>> {
        let mut command = install::command(store)?;
        command.env("VALUE_STORE_DIR", directory).stdin(Stdio::piped()).stdout(Stdio::piped());
        let mut process = command.spawn().map_err(|error| format!("{command:?}: {error}"))?;
        let mut output = process.stdout.take().unwrap_or_else(|| unreachable!("it was started with a pipe"));
        // All URLs come in one write.
        let mut printed = [0; 1_024];
        let length = output.read(&mut printed)?;
        let urls: Vec<String> = String::from_utf8_lossy(&printed[..length]).lines().map(str::to_owned).collect();
        if urls.is_empty() {
            return Err(format!("{store} ended before it printed its URL ({})", process.wait()?).into());
        }
        Ok(Self { process, output, urls })
    }

    pub(crate) fn url(&self) -> &str {
        &self.urls[0]
    }

    pub(crate) fn urls(&self) -> &[String] {
        &self.urls
    }

    /// Ends its input, and waits for its end. Kills it, and returns an error, if that does not come.
    pub(crate) fn end(&mut self) -> io::Result<ExitStatus> {
        drop(self.process.stdin.take());
        let begun = Instant::now();
        while begun.elapsed() < PATIENCE {
            if let Some(status) = self.process.try_wait()? {
                return Ok(status);
            }
            thread::sleep(Duration::from_millis(1));
        }
        self.process.kill()?;
        self.process.wait()?;
        Err(io::Error::other(format!("the server did not end in {PATIENCE:?} after its input, so it was killed")))
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        // A test that is about its end looks at it.
        let _ = self.end();
    }
}
