//! The stores that can be served.

use std::error::Error as StdError;
use std::fmt;
use std::iter;
use std::path::PathBuf;
use std::str::FromStr;

use value_store::ValueStore;
use value_store::stores::{MemoryStore, RedbStore};

use crate::misuse::Misuse;

/// A store, as the command line names it.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Backend {
    Memory,
    Redb(PathBuf),
}

impl Backend {
    pub(super) async fn open(&self) -> Result<Box<dyn ValueStore>, Misuse> {
        match self {
            Self::Memory => Ok(Box::new(MemoryStore::new())),
            Self::Redb(path) => match RedbStore::open(path).await {
                Ok(store) => Ok(Box::new(store)),
                Err(error) => {
                    let causes = iter::successors(Some(&error as &dyn StdError), |error| (*error).source());
                    Err(Misuse::new(causes.map(ToString::to_string).collect::<Vec<_>>().join(": ")))
                }
            },
        }
    }
}

impl FromStr for Backend {
    type Err = &'static str;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        match text.split_once(':') {
            None if text == "memory" => Ok(Self::Memory),
            Some(("redb", path)) if !path.is_empty() => Ok(Self::Redb(path.into())),
            _ => Err("expected `memory`, or `redb:` and the path of a file, such as redb:values.redb"),
        }
    }
}

impl fmt::Display for Backend {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Memory => formatter.write_str("memory"),
            Self::Redb(path) => write!(formatter, "redb:{}", path.display()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn stores_are_named_as_they_are_shown() {
        for text in ["memory", "redb:values.redb", "redb:/a:b"] {
            assert_eq!(text.parse::<Backend>().unwrap().to_string(), text);
        }
    }

    #[test]
    fn what_names_no_store_is_refused() {
        for text in ["", "Memory", "memory:", "redb", "redb:", "values.redb", "sqlite:a"] {
            assert!(text.parse::<Backend>().is_err(), "{text}");
        }
    }
}
