//! `value-store put` and `value-store get`: calls for people.

use std::error::Error as StdError;
use std::ffi::OsString;
use std::fmt::Display;
use std::fs;
use std::io::{self, ErrorKind, Read as _, Write as _};
use std::iter;
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::str::FromStr;
use std::time::{Duration, Instant};

use serde_json::Value;
use tokio::runtime::{Builder, Runtime};
use value_store::stores::DelegatedStore;
use value_store::stores::delegated::BuildError;
use value_store::{Error, Options, ValueStore as _};

use crate::misuse::{Done, Misuse};
use crate::token;
use crate::url::without_password;

/// A delegate has a limit of its own. This one only keeps a wrong server from filling the memory.
const MAX_VALUE_LEN: usize = 1 << 30;

const STATUS_HELP: &str = "\
Exit status:
  0  done
  1  the store failed, and said so: NotFound, Timeout, InvalidKey, InvalidValue or Backend
  2  the command cannot be carried out as it was given";

/// Puts a value into the store of a delegate.
///
/// The delegate is a `value-store serve`, a Kubo node, or any other server of Kubo's routing commands.
#[derive(clap::Args)]
#[command(after_help = STATUS_HELP)]
pub(crate) struct Put {
    #[command(flatten)]
    call: Call,
    /// The file with the value. `-`, or no file, is standard input.
    #[arg(value_name = "FILE")]
    file: Option<PathBuf>,
}

/// Gets a value from the store of a delegate.
///
/// The delegate is a `value-store serve`, a Kubo node, or any other server of Kubo's routing commands. The value goes to
/// standard output as it is, with nothing before or after it.
#[derive(clap::Args)]
#[command(after_help = STATUS_HELP)]
pub(crate) struct Get {
    #[command(flatten)]
    call: Call,
    /// Also prints the peer that had the value, on standard error.
    #[arg(long)]
    from: bool,
}

/// What both have in common.
#[derive(clap::Args)]
struct Call {
    #[arg(value_name = "URL", help = "The delegate, such as http://127.0.0.1:5001")]
    url: String,
    /// The key: its bytes are taken as they are.
    #[arg(value_name = "KEY")]
    key: OsString,
    /// Takes the key for hexadecimal digits, two a byte.
    #[arg(long)]
    hex: bool,
    /// How long the call may take, such as 500ms or 5s. Without it, 60 s.
    #[arg(long, value_name = "DURATION", value_parser = humantime::parse_duration)]
    timeout: Option<Duration>,
    /// An additional option of the call: JSON, or else text. Can be given several times.
    #[arg(long = "option", value_name = "NAME=VALUE")]
    options: Vec<AdditionalOption>,
    /// Sends the token in this file.
    #[arg(long, value_name = "FILE")]
    token: Option<PathBuf>,
}

#[derive(Clone)]
struct AdditionalOption {
    name: String,
    value: Value,
}

pub(crate) fn put(arguments: &Put) -> Done {
    let (store, key) = (arguments.call.store()?, arguments.call.key()?);
    let value = read(arguments.file.as_deref())?;
    let options = arguments.call.options();
    let begun = Instant::now();
    match runtime()?.block_on(store.put(&key, value.into(), &options)) {
        Ok(()) => Ok(ExitCode::SUCCESS),
        Err(error) => Ok(arguments.call.tell(&error, begun.elapsed())),
    }
}

pub(crate) fn get(arguments: &Get) -> Done {
    let (store, key) = (arguments.call.store()?, arguments.call.key()?);
    let begun = Instant::now();
    let found = match runtime()?.block_on(store.get(&key, &arguments.call.options())) {
        Ok(found) => found,
        Err(error) => return Ok(arguments.call.tell(&error, begun.elapsed())),
    };
    if arguments.from {
        eprintln!("from {}", found.from);
    }
    let mut stdout = io::stdout().lock();
    stdout.write_all(&found.val).and_then(|()| stdout.flush()).map_err(|error| {
        Misuse::new(format_args!(
            "the value of {} bytes cannot be written to standard output: {error}",
            found.val.len()
        ))
    })?;
    Ok(ExitCode::SUCCESS)
}

impl Call {
    fn store(&self) -> Result<DelegatedStore, Misuse> {
        let mut builder = DelegatedStore::builder(&self.url).max_value_len(MAX_VALUE_LEN);
        if let Some(file) = &self.token {
            builder = builder.token(token::read(file)?);
        }
        builder.build().map_err(|error| self.not_built(&error))
    }

    fn not_built(&self, error: &BuildError) -> Misuse {
        match error {
            BuildError::Url { .. } if !self.url.contains("://") => {
                Misuse::new(error).help(format_args!("write the scheme too: http://{}", self.url))
            }
            BuildError::Token { .. } => Misuse::new(error).help("give the token or the user name, not both"),
            _ => Misuse::new(in_one_line(error)),
        }
    }

    fn key(&self) -> Result<Vec<u8>, Misuse> {
        let bytes = self.key.as_encoded_bytes();
        if !self.hex {
            return Ok(bytes.to_vec());
        }
        hex::decode(bytes).map_err(|error| {
            Misuse::new(format_args!(
                "--hex expects a key of hexadecimal digits, two a byte, and got `{}`: {error}",
                self.key.display()
            ))
            .help("leave out --hex if the key is text")
        })
    }

    fn options(&self) -> Options {
        let options = self.timeout.map_or(Options::new(), |timeout| Options::new().with_timeout(timeout));
        self.options.iter().fold(options, |options, option| options.with(&option.name, option.value.clone()))
    }

    /// Says in one line what the store returned.
    fn tell(&self, error: &Error, took: Duration) -> ExitCode {
        let kind = match error {
            Error::NotFound => "NotFound",
            Error::Timeout => "Timeout",
            Error::InvalidKey(_) => "InvalidKey",
            Error::InvalidValue(_) => "InvalidValue",
            _ => "Backend",
        };
        eprintln!("error: {kind}: {}", self.what_happened(error, took));
        ExitCode::FAILURE
    }

    fn what_happened(&self, error: &Error, took: Duration) -> String {
        let refused = causes(error).any(|cause| {
            cause.downcast_ref::<io::Error>().is_some_and(|error| error.kind() == ErrorKind::ConnectionRefused)
        });
        match error {
            Error::Backend(_) if refused => {
                format!("nobody listens at {}: start the delegate, or correct the URL", without_password(&self.url))
            }
            Error::Timeout => format!(
                "the call ended without an answer after {took:.1?}: --timeout says how long it may take, and the delegate \
                 may have a limit of its own"
            ),
            Error::InvalidKey(reason) | Error::InvalidValue(reason) => reason.clone(),
            _ => in_one_line(error),
        }
    }
}

impl FromStr for AdditionalOption {
    type Err = &'static str;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let (name, value) = text.split_once('=').ok_or("expected NAME=VALUE, such as quorum=3")?;
        let value = serde_json::from_str(value).unwrap_or_else(|_| Value::from(value));
        Ok(Self { name: name.into(), value })
    }
}

fn read(file: Option<&Path>) -> Result<Vec<u8>, Misuse> {
    let cannot = |what: &dyn Display, error| Misuse::new(format_args!("the value cannot be read from {what}: {error}"));
    if let Some(file) = file.filter(|file| *file != Path::new("-")) {
        return fs::read(file).map_err(|error| {
            cannot(&file.display(), error).help("name a file that has the value, or `-` for standard input")
        });
    }
    let mut value = Vec::new();
    io::stdin().lock().read_to_end(&mut value).map_err(|error| cannot(&"standard input", error))?;
    Ok(value)
}

fn runtime() -> Result<Runtime, Misuse> {
    let runtime = Builder::new_current_thread().enable_all().build();
    runtime.map_err(|error| Misuse::new(format_args!("the calls' thread cannot be set up: {error}")))
}

fn causes<'a>(error: &'a (dyn StdError + 'static)) -> impl Iterator<Item = &'a (dyn StdError + 'static)> {
    iter::successors(Some(error), |error| (*error).source())
}

/// The error and what caused it. Texts of other programs may have several lines.
fn in_one_line(error: &(dyn StdError + 'static)) -> String {
    causes(error).map(ToString::to_string).collect::<Vec<_>>().join(": ").replace(['\r', '\n'], " ")
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn the_value_of_an_option_is_json_or_else_text() {
        let check = |text: &str, name, value| {
            let option = text.parse::<AdditionalOption>().unwrap_or_else(|error| panic!("{text}: {error}"));
            assert_eq!((option.name.as_str(), option.value), (name, value));
        };
        check("quorum=3", "quorum", json!(3));
        check("name=text", "name", json!("text"));
        check("name=\"3\"", "name", json!("3"));
        check("a=b=c", "a", json!("b=c"));
        check("a=", "a", json!(""));
        check("a={\"b\":[null]}", "a", json!({ "b": [null] }));
        assert!("quorum".parse::<AdditionalOption>().is_err());
    }
}
