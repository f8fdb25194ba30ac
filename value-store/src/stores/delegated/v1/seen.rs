//! Since when the router has seen the record of a name unchanged: its `Last-Modified`. A record does not say when it was
//! made.

use std::sync::{Mutex, PoisonError};

use foldhash::HashMap;

use crate::ipns::Name;

/// How many names are remembered. A name that was forgotten counts as modified when it is seen again, which costs its
/// clients a transfer, and nothing else. This many need about a mebibyte.
const MAX_NAMES: usize = 4_096;

/// The records that were last seen.
#[derive(Default)]
pub(super) struct Seen(Mutex<HashMap<Name, Sighting>>);

struct Sighting {
    etag: String,
    since: Since,
}

/// Since when a record is there.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Since {
    /// In seconds of Unix time.
    pub(super) second: u64,
    /// Another record of the name was seen in that second, so a client that knows this time may have that one.
    pub(super) is_shared: bool,
}

impl Seen {
    /// Since when the record is there that has this tag, and is there now.
    pub(super) fn since(&self, name: Name, etag: &str, now: u64) -> Since {
        let mut names = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let last = names.get(&name);
        if let Some(last) = last.filter(|last| last.etag == etag) {
            return last.since;
        }
        let since = Since { second: now, is_shared: last.is_some_and(|last| last.since.second >= now) };
        if names.len() >= MAX_NAMES {
            names.clear();
        }
        names.insert(name, Sighting { etag: etag.to_owned(), since });
        since
    }
}

#[cfg(test)]
mod tests {
    use libp2p_identity::PeerId;

    use super::*;

    fn name() -> Name {
        PeerId::random().into()
    }

    #[test]
    fn a_record_is_there_since_it_was_first_seen() {
        let (seen, name) = (Seen::default(), name());
        let check = |etag, now, second| assert_eq!(seen.since(name, etag, now), Since { second, is_shared: false });
        check("one", 5, 5);
        check("one", 9, 5);
        check("two", 10, 10);
        check("one", 11, 11);
    }

    #[test]
    fn a_second_in_which_a_record_was_replaced_is_shared_by_two() {
        let (seen, name) = (Seen::default(), name());
        seen.since(name, "one", 5);
        for now in [5, 6] {
            assert_eq!(seen.since(name, "two", now), Since { second: 5, is_shared: true });
        }
        assert_eq!(seen.since(name, "three", 6), Since { second: 6, is_shared: false });
    }

    #[test]
    fn no_more_names_are_remembered_than_the_limit() {
        let seen = Seen::default();
        for _ in 0..=MAX_NAMES {
            seen.since(name(), "one", 5);
        }
        assert_eq!(seen.0.lock().unwrap().len(), 1);
    }
}
