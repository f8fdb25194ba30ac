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
pub(super) struct Seen(Mutex<Sightings>);

#[derive(Default)]
struct Sightings {
    names: HashMap<Name, Sighting>,
    /// No name that was forgotten had a later second.
    forgotten_until: u64,
}

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
        let mut sightings = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let last = sightings.names.get(&name);
        if let Some(last) = last.filter(|last| last.etag == etag) {
            return last.since;
        }
        // It never goes back, so a client with a later time than that of a record has none of the records before.
        let taken = last.map_or(0, |last| last.since.second).max(sightings.forgotten_until);
        let since = Since { second: now.max(taken), is_shared: now <= taken };
        if sightings.names.len() >= MAX_NAMES {
            let seconds = sightings.names.values().map(|sighting| sighting.since.second);
            sightings.forgotten_until = seconds.max().unwrap_or_default();
            sightings.names.clear();
        }
        sightings.names.insert(name, Sighting { etag: etag.to_owned(), since });
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
        // The clock is set back.
        assert_eq!(seen.since(name, "four", 1), Since { second: 6, is_shared: true });
        assert_eq!(seen.since(name, "five", 6), Since { second: 6, is_shared: true });
        assert_eq!(seen.since(name, "six", 7), Since { second: 7, is_shared: false });
    }

    #[test]
    fn no_more_names_are_remembered_than_the_limit() {
        let seen = Seen::default();
        for _ in 0..=MAX_NAMES {
            seen.since(name(), "one", 5);
        }
        assert_eq!(seen.0.lock().unwrap().names.len(), 1);
        // Who knows what a name had that was forgotten?
        assert!(seen.since(name(), "two", 5).is_shared);
        assert!(!seen.since(name(), "two", 6).is_shared);
    }
}
