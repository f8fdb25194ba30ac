//! Keys of a script. What makes a key fresh is another text in each run.

use bytes::Bytes;

use crate::conformance::session::Session;

#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Key {
    /// The prefix of the run, between these bytes.
    Fresh { before: Bytes, after: Bytes },
    /// Exactly these bytes.
    Exact(Bytes),
}

impl Key {
    /// The key of a run with this prefix.
    pub(super) fn of(key: &Bytes, prefix: &[u8]) -> Self {
        let place = key.windows(prefix.len()).position(|part| part == prefix);
        place.map_or_else(
            || Self::Exact(key.clone()),
            |place| Self::Fresh { before: key.slice(..place), after: key.slice(place + prefix.len()..) },
        )
    }

    /// A fresh key without anything odd about it.
    pub(super) fn plain(number: usize) -> Self {
        Self::Fresh { before: Bytes::new(), after: format!("k{number}").into() }
    }

    pub(super) fn is_plain(&self) -> bool {
        /// Longer keys are odd.
        const SHORT: usize = 12;
        match self {
            Self::Fresh { before, after } => {
                before.is_empty() && after.len() <= SHORT && after.iter().all(u8::is_ascii_alphanumeric)
            }
            Self::Exact(_) => false,
        }
    }

    pub(super) fn bytes(&self, case: &Session) -> Bytes {
        match self {
            Self::Fresh { before, after } => [before, case.prefix().as_bytes(), after].concat().into(),
            Self::Exact(key) => key.clone(),
        }
    }
}
