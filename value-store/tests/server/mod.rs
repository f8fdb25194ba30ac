//! `value-store serve` as a process of its own, which ends with its test.

use std::io::{BufRead as _, BufReader};
use std::process::{Child, Command, Stdio};

/// The command under test.
pub(crate) fn value_store() -> Command {
    Command::new(env!("CARGO_BIN_EXE_value-store"))
}

pub(crate) struct Server {
    pub(crate) process: Child,
    pub(crate) url: String,
}

impl Server {
    /// A server with these arguments, on a free port, whose standard input is a pipe.
    pub(crate) fn start(arguments: &[&str]) -> Self {
        Self::from_command(
            value_store().arg("serve").args(arguments).args(["--listen", "127.0.0.1:0"]).stdin(Stdio::piped()),
        )
    }

    pub(crate) fn from_command(command: &mut Command) -> Self {
        let mut process = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
        let mut url = String::new();
        BufReader::new(process.stdout.take().unwrap()).read_line(&mut url).unwrap();
        assert!(url.starts_with("http://") && url.ends_with('\n'), "{url:?}");
        Self { process, url: url.trim_end().to_owned() }
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        // It may have ended already.
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}
