//! Whether a handle has returned an older value of a key than before.

use bytes::Bytes;
use foldhash::HashMap;

use crate::conformance::history::{Call, Failure, Kind, Operation, Outcome, Verdict, WentBack};
use crate::conformance::session::Session;

/// Judges what each handle has read so far.
///
/// # Errors
///
/// If a get returned an older value than one that had ended before it began, through the same handle.
pub(crate) fn no_handle_goes_back(case: &Session) -> Verdict {
    let went_back = case.history().look(|operations, _| went_back(operations));
    went_back.map_or(Ok(()), |went_back| Failure::WentBack(went_back).into())
}

/// The first get that went back.
///
/// Only what is beyond doubt counts. One value is older than another if all puts of the one had ended before the first put of
/// the other began. A put that failed, was dropped or has not ended may take effect at any time, so values with such a put
/// have no age. A get that ran beside another comes neither before nor after it.
fn went_back(operations: &[Operation]) -> Option<WentBack> {
    let ages = ages(operations);
    let mut readers: HashMap<(usize, &Bytes), Vec<Read>> = HashMap::default();
    for (get, operation) in operations.iter().enumerate() {
        if let Some(read) = Read::of(get, operation, &ages) {
            readers.entry((operation.handle, &operation.key)).or_default().push(read);
        }
    }
    let first_of_each = readers.into_values().filter_map(first_that_went_back);
    first_of_each.min_by_key(|went_back| operations[went_back.get].events.1)
}

/// When a value was put to a key.
#[derive(Clone, Copy)]
struct Age {
    /// The put that began first, and when it did.
    first: usize,
    begun: u64,
    /// The put that ended last, and when it did.
    last: usize,
    ended: u64,
}

/// The values of each key, with their ages. A value has none if one of its puts has not returned `Ok`.
type Ages<'a> = HashMap<(&'a Bytes, &'a Bytes), Option<Age>>;

fn ages(operations: &[Operation]) -> Ages<'_> {
    let mut ages = Ages::default();
    for (put, operation) in operations.iter().enumerate() {
        let Call::Put(value) = &operation.call else { continue };
        let (begun, ended) = operation.events;
        let is_stored = matches!(operation.outcome(), Some(Outcome::Stored));
        let of_this = ended.filter(|_| is_stored).map(|ended| Age { first: put, begun, last: put, ended });
        let age = ages.entry((&operation.key, value)).or_insert(of_this);
        *age = age.zip(of_this).map(|(age, of_this)| age.with(of_this));
    }
    ages
}

impl Age {
    fn with(self, other: Self) -> Self {
        let (first, begun) =
            if other.begun < self.begun { (other.first, other.begun) } else { (self.first, self.begun) };
        let (last, ended) = if other.ended > self.ended { (other.last, other.ended) } else { (self.last, self.ended) };
        Self { first, begun, last, ended }
    }
}

/// A get that has ended.
#[derive(Clone, Copy)]
struct Read {
    get: usize,
    begun: u64,
    ended: u64,
    /// The age of what it returned, or `None` if that was `NotFound`: this is older than any value.
    found: Option<Age>,
}

impl Read {
    fn of(get: usize, operation: &Operation, ages: &Ages<'_>) -> Option<Self> {
        let Call::Get = operation.call else { return None };
        let found = match operation.outcome()? {
            Outcome::Found(found) => Some((*ages.get(&(&operation.key, &found.val))?)?),
            outcome if outcome.is(Kind::NotFound) => None,
            _ => return None,
        };
        Some(Self { get, begun: operation.events.0, ended: operation.events.1?, found })
    }
}

/// The first of the reads of one key through one handle that returned an older value than one before it.
fn first_that_went_back(mut reads: Vec<Read>) -> Option<WentBack> {
    reads.sort_unstable_by_key(|read| read.begun);
    let mut ended = reads.clone();
    ended.sort_unstable_by_key(|read| read.ended);
    let mut ended = ended.into_iter().peekable();
    // The newest value of those that had been read, with the first get that returned it.
    let mut newest: Option<(usize, Age)> = None;
    for read in reads {
        while let Some(before) = ended.next_if(|before| before.ended < read.begun) {
            if let Some(age) = before.found
                && newest.is_none_or(|(_, newest)| newest.begun < age.begun)
            {
                newest = Some((before.get, age));
            }
        }
        let Some((before, newer)) = newest else { continue };
        if read.found.is_none_or(|found| found.ended < newer.begun) {
            return Some(WentBack {
                get: read.get,
                older: read.found.map(|found| found.last),
                before,
                newer: newer.first,
            });
        }
    }
    None
}

#[cfg(test)]
mod tests;
