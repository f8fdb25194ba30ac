//! What a check is given: on the command line, and in a file that a project keeps.

use std::path::PathBuf;
use std::time::Duration;
use std::{fs, io};

use serde::Deserialize;
use value_store::conformance::Claim;

use super::words::{Reasoned, Records, Seed, case, claim, claims, duration, reasoned, reasons};
use crate::misuse::Misuse;

/// The file with the arguments of a project, in the directory where the command runs.
const FILE: &str = "value-store.toml";

/// Judges a store: one behind a URL, or one behind a command that starts a server.
///
/// The server speaks the routing commands of Kubo over HTTP. `value-store adapter` prints a file
/// that does so for a store in JavaScript, Python or Go.
///
/// With --start, each case has a server of its own. A shell runs the command, with the directory
/// for its files in the variable `VALUE_STORE_DIR`. Once the server accepts connections, it prints
/// its URL on a line; or, if several nodes are one store, their URLs, a line each, in one write.
/// When its standard input ends, it closes the store and ends. A store that claims `durable` is
/// also killed.
///
/// Everything can stand in a file `value-store.toml` in the working directory, too:
///
///     name = "my-store@1.2.0"
///     start = "node store.mjs"
///     claims = ["durable", "shared"]
///
///     [skip]
///     "key_identity::empty_key" = "it needs a key"
///
/// What is given on the command line replaces what the file says. Claims, and cases that are
/// skipped or expected to fail, are added to those of the file.
///
/// Of a store that claims neither `linearizable` nor `convergent`, the verdict also says how stale
/// its reads were in a short measurement, unless --only names cases. Nothing fails for that.
///
/// The exit status is 0 if nothing failed that was not expected to, 1 if something did, and 2 if
/// the arguments or the server do not work.
#[derive(clap::Args, Debug, Default, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields, default)]
#[command(verbatim_doc_comment)]
pub(crate) struct Arguments {
    /// The URL of a server that runs already. Each case uses keys that begin with a name of its own.
    #[arg(conflicts_with = "start")]
    pub(super) url: Option<String>,
    /// The command that starts a server.
    #[arg(long, value_name = "COMMAND")]
    pub(super) start: Option<String>,
    /// The name of the store, and its version if it has one.
    #[arg(long, value_name = "NAME[@VERSION]")]
    pub(super) name: Option<String>,
    /// What the store promises beyond the contract: `durable`, `shared`, `convergent`, `monotonic`, `linearizable`,
    /// `power_loss` or `disk_faults`. The last two need Linux, and the right to mount file systems.
    #[arg(long = "claim", value_name = "CLAIM", value_parser = claim)]
    #[serde(deserialize_with = "claims")]
    pub(super) claims: Vec<Claim>,
    /// The file with the token that the server asks for.
    #[arg(long, value_name = "FILE")]
    pub(super) token: Option<PathBuf>,
    /// How long a put may take to be seen through other nodes, such as 100ms.
    #[arg(long, value_name = "D", value_parser = humantime::parse_duration)]
    #[serde(deserialize_with = "duration")]
    pub(super) propagation: Option<Duration>,
    /// The length of the longest key that the store takes, in bytes.
    #[arg(long, value_name = "N")]
    pub(super) max_key_len: Option<usize>,
    /// The length of the longest value that the store takes, in bytes.
    #[arg(long, value_name = "N")]
    pub(super) max_value_len: Option<usize>,
    /// Runs only this case or family.
    #[arg(long, value_name = "CASE", value_parser = case)]
    pub(super) only: Vec<String>,
    /// Does not run this case or family.
    #[arg(long, value_name = "CASE=WHY", value_parser = reasoned)]
    #[serde(deserialize_with = "reasons")]
    pub(super) skip: Vec<Reasoned>,
    /// Expects this case or family to fail. It counts as a failure if it passes.
    #[arg(long, value_name = "CASE=WHY", value_parser = reasoned)]
    #[serde(deserialize_with = "reasons")]
    pub(super) expect_failure: Vec<Reasoned>,
    /// The store takes only such records: `namespaced` (keys `/ns/…`, or `/app/…` with `namespaced:app`; values with a number in
    /// front), or `ipns` (signed).
    #[arg(long, value_name = "namespaced|ipns")]
    pub(super) records: Option<Records>,
    /// How long a case may take, such as 30s, which is the default. It ends cases that hang.
    #[arg(long, value_name = "D", value_parser = humantime::parse_duration)]
    #[serde(deserialize_with = "duration")]
    pub(super) deadline: Option<Duration>,
    /// The seed of everything random, as a report shows it.
    #[arg(long, value_name = "N")]
    pub(super) seed: Option<Seed>,
    /// Judges cases even where one that they stand on fails.
    #[arg(long)]
    pub(super) anyway: bool,
    /// Writes the report as JSON, which `value-store compare` reads.
    #[arg(long, value_name = "FILE")]
    pub(super) json: Option<PathBuf>,
    /// Writes the report for readers of `JUnit` files.
    #[arg(long, value_name = "FILE")]
    pub(super) junit: Option<PathBuf>,
    /// Writes the report as a page of Markdown.
    #[arg(long, value_name = "FILE")]
    pub(super) markdown: Option<PathBuf>,
    /// Writes the report as a page of HTML.
    #[arg(long, value_name = "FILE")]
    pub(super) html: Option<PathBuf>,
    /// Writes a badge for a README, an SVG.
    #[arg(long, value_name = "FILE")]
    pub(super) badge: Option<PathBuf>,
}

impl Arguments {
    /// These arguments, and those of the file, which may be missing, where these say nothing. Claims, and cases that are skipped or
    /// expected to fail, are added to those of the file.
    pub(super) fn over_those_of_the_file(self) -> Result<Self, Misuse> {
        let text = match fs::read_to_string(FILE) {
            Ok(text) => text,
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(self),
            Err(error) => return Err(Misuse::new(format_args!("{FILE} cannot be read: {error}"))),
        };
        let kept: Self = toml::from_str(&text).map_err(|error| Misuse::new(format_args!("{FILE}: {error}")))?;
        Ok(self.over(kept))
    }

    fn over(self, kept: Self) -> Self {
        // One store is judged: that of the command line, if it names one.
        let names_one = self.url.is_some() || self.start.is_some();
        let kept_store = if names_one { (None, None) } else { (kept.url, kept.start) };
        Self {
            url: self.url.or(kept_store.0),
            start: self.start.or(kept_store.1),
            name: self.name.or(kept.name),
            claims: joined(kept.claims, self.claims),
            token: self.token.or(kept.token),
            propagation: self.propagation.or(kept.propagation),
            max_key_len: self.max_key_len.or(kept.max_key_len),
            max_value_len: self.max_value_len.or(kept.max_value_len),
            only: if self.only.is_empty() { kept.only } else { self.only },
            // The first reason counts, so that of the command line.
            skip: joined(self.skip, kept.skip),
            expect_failure: joined(self.expect_failure, kept.expect_failure),
            records: self.records.or(kept.records),
            deadline: self.deadline.or(kept.deadline),
            seed: self.seed.or(kept.seed),
            anyway: self.anyway || kept.anyway,
            json: self.json.or(kept.json),
            junit: self.junit.or(kept.junit),
            markdown: self.markdown.or(kept.markdown),
            html: self.html.or(kept.html),
            badge: self.badge.or(kept.badge),
        }
    }
}

fn joined<T>(mut first: Vec<T>, second: Vec<T>) -> Vec<T> {
    first.extend(second);
    first
}
