//! What keeps a command from doing what it was asked for.

use std::fmt;
use std::process::ExitCode;

/// The command cannot be carried out as it was given. It exits with the status 2.
#[derive(Debug)]
pub(crate) struct Misuse {
    /// What was expected, and what came instead.
    what: String,
    /// What to do.
    help: Option<String>,
}

pub(crate) type Done = Result<ExitCode, Misuse>;

impl Misuse {
    pub(crate) fn new(what: impl fmt::Display) -> Self {
        Self { what: what.to_string(), help: None }
    }

    /// Says what to do about it.
    pub(crate) fn help(mut self, help: impl fmt::Display) -> Self {
        self.help = Some(help.to_string());
        self
    }

    /// Prints it as clap prints its own errors.
    pub(crate) fn tell(&self) -> ExitCode {
        eprintln!("error: {self}");
        ExitCode::from(2)
    }
}

impl fmt::Display for Misuse {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.what)?;
        self.help.iter().try_for_each(|help| write!(formatter, "\n\nhelp: {help}"))
    }
}
