//! What is in the file of a record, or of a publication, where times are those of the system's clock.

use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use libp2p::PeerId;
use libp2p::identity::ParseError;
use libp2p::kad::{Record, RecordKey};

/// Publisher, when it expires and when it came in milliseconds since 1970, and value.
pub(super) type Row<'a> = (Option<&'a [u8]>, Option<u64>, u64, &'a [u8]);

/// All of a record but its key.
#[derive(Debug)]
pub(in crate::stores::kad) struct Entry {
    publisher: Option<Vec<u8>>,
    /// In milliseconds since 1970, as is `came`.
    expires: Option<u64>,
    came: u64,
    value: Vec<u8>,
}

/// One moment, by both clocks.
#[derive(Clone, Copy, Debug)]
pub(super) struct Now {
    instant: Instant,
    since_1970: u64,
}

impl Now {
    pub(super) fn read() -> Self {
        let since_1970 = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
        Self { instant: Instant::now(), since_1970: milliseconds(since_1970) }
    }
}

#[cfg(test)]
impl Now {
    pub(super) fn instant(self) -> Instant {
        self.instant
    }

    /// The same moment, when the system's clock shows so many seconds more.
    pub(super) fn with_clock(self, seconds: i64) -> Self {
        Self { since_1970: self.since_1970.checked_add_signed(seconds * 1_000).unwrap(), ..self }
    }
}

impl Now {
    /// A moment as it is in the file: in milliseconds since 1970. One that has passed is now.
    pub(super) fn to_file(self, moment: Instant) -> u64 {
        self.since_1970.saturating_add(milliseconds(moment.saturating_duration_since(self.instant)))
    }

    /// A moment of the file that is at most this far away. One that has passed is now.
    pub(super) fn of_file(self, moment: u64, at_most: Duration) -> Instant {
        let left = Duration::from_millis(moment.saturating_sub(self.since_1970)).min(at_most);
        self.instant.checked_add(left).unwrap_or(self.instant)
    }
}

impl Entry {
    pub(super) fn of(record: &Record, now: Now) -> Self {
        Self {
            publisher: record.publisher.map(PeerId::to_bytes),
            expires: record.expires.map(|expires| now.to_file(expires)),
            came: now.since_1970,
            value: record.value.clone(),
        }
    }

    /// In bytes.
    pub(super) fn value_len(&self) -> usize {
        self.value.len()
    }

    /// The record of this key, with the time that it still has. One that has expired meanwhile has none left, and is
    /// removed as those are that expire in memory.
    pub(super) fn into_record(self, key: RecordKey, now: Now) -> Record {
        // A clock that was set back gives a record no more time than it had when it came.
        let had = |expires: u64| Duration::from_millis(expires.saturating_sub(self.came));
        Record {
            key,
            value: self.value,
            publisher: self.publisher.and_then(|bytes| PeerId::from_bytes(&bytes).ok()),
            expires: self.expires.map(|expires| now.of_file(expires, had(expires))),
        }
    }

    /// # Errors
    ///
    /// If the publisher is no peer id.
    pub(super) fn from_row((publisher, expires, came, value): Row<'_>) -> Result<Self, ParseError> {
        let publisher = publisher.map(PeerId::from_bytes).transpose()?;
        Ok(Self { publisher: publisher.map(PeerId::to_bytes), expires, came, value: value.to_vec() })
    }

    pub(super) fn row(&self) -> Row<'_> {
        (self.publisher.as_deref(), self.expires, self.came, &self.value)
    }
}

fn milliseconds(duration: Duration) -> u64 {
    u64::try_from(duration.as_millis()).unwrap_or(u64::MAX)
}
