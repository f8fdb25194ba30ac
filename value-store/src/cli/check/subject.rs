//! The store that is judged: behind a URL, or behind servers that are started for it.

use std::net::{TcpStream, ToSocketAddrs as _};
use std::time::Duration;

use value_store::conformance::case_names;
use value_store::stores::delegated::Builder;
use value_store::stores::{DelegatedStore, Prefixed};
use value_store::{Context, Error, ValueStore};

use super::arguments::Arguments;
use super::server::{Served, Servers};
use super::words::Reasoned;
use crate::misuse::Misuse;
use crate::token;
use crate::url::without_password;

pub(super) struct Subject {
    name: String,
    version: Option<String>,
    place: Place,
    token: Option<String>,
    /// How many bytes of a key are the name of its world, which stands in front.
    front_len: usize,
    max_key_len: Option<usize>,
}

enum Place {
    /// One server for all worlds.
    Url(String),
    /// A server for each world.
    Start(Servers),
}

/// How many bytes the name of a world has.
const NAME_LEN: usize = 24;

/// How many bytes the suite needs to tell its keys and values apart.
const SMALLEST: usize = 16;

impl Subject {
    /// The subject that the arguments name, if it can be reached.
    pub(super) fn of(arguments: &Arguments) -> Result<Self, Misuse> {
        let front_len = if arguments.url.is_some() && arguments.records.is_none() { NAME_LEN } else { 0 };
        refuse_narrow_limits(arguments, front_len)?;
        let place = match (&arguments.url, &arguments.start) {
            (Some(url), None) => at_url(url, arguments)?,
            (None, Some(command)) => Place::Start(Servers::tried(command, arguments.deadline)?),
            (None, None) => {
                let help = "give the URL of a server that runs, or --start with the command that starts one; `value-store \
                            adapter` prints a file that serves a store in JavaScript, Python or Go";
                return Err(Misuse::new("there is nothing to judge").help(help));
            }
            (Some(_), Some(_)) => {
                return Err(Misuse::new("there are both `url` and `start`: one of them is to be judged"));
            }
        };
        let token = arguments.token.as_deref().map(token::read).transpose()?;
        let (name, version) = name_and_version(arguments);
        Ok(Self { name, version, place, token, front_len, max_key_len: arguments.max_key_len })
    }

    pub(super) fn name(&self) -> &str {
        &self.name
    }

    pub(super) fn version(&self) -> Option<&str> {
        self.version.as_deref()
    }

    /// The length of the longest key that is left for the suite.
    pub(super) fn max_key_len(&self) -> Option<usize> {
        self.max_key_len.map(|bytes| bytes - self.front_len)
    }

    /// The cases of which nothing can be said here, and why.
    pub(super) fn not_judged(&self) -> Vec<Reasoned> {
        let about_from = case_names().filter(|case| case.contains("::from_"));
        let reason = "over HTTP, nobody says who the members of the network are";
        let mut cases: Vec<Reasoned> = about_from.map(|case| (case.to_owned(), reason.to_owned())).collect();
        if matches!(self.place, Place::Url(_)) && self.front_len == 0 {
            let reason = "records allow no names in front of keys, so all cases share one server";
            cases.push(("factory::worlds_are_independent".to_owned(), reason.to_owned()));
        }
        cases
    }

    /// Opens a handle onto a world.
    pub(super) async fn open(&self, context: &Context) -> Result<Box<dyn ValueStore>, Error> {
        let store: Box<dyn ValueStore> = match &self.place {
            Place::Url(url) if self.front_len > 0 => {
                Box::new(Prefixed::new(self.client(url)?, context.name().to_owned()))
            }
            Place::Url(url) => Box::new(self.client(url)?),
            Place::Start(servers) => {
                let server =
                    context.share(async || servers.start(context.dir()).await).await.map_err(Error::backend)?;
                let url = server.next_url();
                Box::new(Served::new(self.client(&url)?, server))
            }
        };
        Ok(store)
    }

    /// It takes values of any length, so that it is the server that refuses one.
    fn client(&self, url: &str) -> Result<DelegatedStore, Error> {
        let builder = DelegatedStore::builder(url).max_value_len(usize::MAX / 4);
        let builder = self.token.iter().fold(builder, Builder::token);
        builder.build().map_err(Error::backend)
    }
}

/// The name that was given, up to its last `@`, and what stands behind that. The name of a package may begin with one, too. By
/// default, what is judged is the name.
fn name_and_version(arguments: &Arguments) -> (String, Option<String>) {
    let Some(name) = &arguments.name else {
        let url = arguments.url.as_deref().map(without_password);
        return (url.or_else(|| arguments.start.clone()).unwrap_or_default(), None);
    };
    match name.rsplit_once('@') {
        Some((name, version)) if !name.is_empty() && !version.is_empty() && !version.contains(['/', ' ']) => {
            (name.to_owned(), Some(version.to_owned()))
        }
        _ => (name.clone(), None),
    }
}

fn refuse_narrow_limits(arguments: &Arguments, front_len: usize) -> Result<(), Misuse> {
    let needed = SMALLEST + front_len;
    if let Some(bytes) = arguments.max_key_len.filter(|bytes| *bytes < needed) {
        let front = format!(", of which {front_len} tell apart the cases that share a server");
        let front = if front_len == 0 { "" } else { front.as_str() };
        return Err(Misuse::new(format_args!("max-key-len is {bytes}, and the suite needs {needed} bytes{front}")));
    }
    match arguments.max_value_len.filter(|bytes| *bytes < SMALLEST) {
        Some(bytes) => Err(Misuse::new(format_args!("max-value-len is {bytes}, and the suite needs {SMALLEST} bytes"))),
        None => Ok(()),
    }
}

/// A server that runs already. It cannot be ended, and it must be there.
fn at_url(url: &str, arguments: &Arguments) -> Result<Place, Misuse> {
    DelegatedStore::new(url).map_err(Misuse::new)?;
    let needing = arguments.claims.iter().map(|claim| claim.word());
    let needing: Vec<_> = needing.filter(|word| ["durable", "power_loss", "disk_faults"].contains(word)).collect();
    if let [word, ..] = needing[..] {
        let help = format!("use --start with the command that starts it, and claim `{word}` there");
        return Err(
            Misuse::new(format_args!("`{word}` cannot be judged at a URL: the server has to be ended")).help(help)
        );
    }
    reach(url).map_err(|error| {
        let help = "start the server first, or let this command do so, with --start";
        Misuse::new(format_args!("nobody answers at {}: {error}", without_password(url))).help(help)
    })?;
    Ok(Place::Url(url.to_owned()))
}

fn reach(url: &str) -> std::io::Result<()> {
    let no_address = || std::io::Error::other("there is no such address");
    let url: reqwest::Url = url.parse().map_err(std::io::Error::other)?;
    let host = url.host_str().unwrap_or_default().trim_matches(['[', ']']);
    let addresses = (host, url.port_or_known_default().unwrap_or(80)).to_socket_addrs()?;
    let mut last = Err(no_address());
    for address in addresses {
        last = TcpStream::connect_timeout(&address, Duration::from_secs(10)).map(|_| ());
        if last.is_ok() {
            break;
        }
    }
    last
}
