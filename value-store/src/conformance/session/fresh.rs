//! Keys and values that are this run's and this case's alone.

use bytes::Bytes;

use super::{Session, values};

impl Session {
    /// A key of this run and case alone that ends in `tail`. The suite's own tails take 12 bytes at most, so that part of
    /// the prefix fits even where the limit is the smallest that the attribute takes.
    pub(crate) fn key(&self, tail: impl AsRef<[u8]>) -> Bytes {
        let (prefix, tail) = (self.prefix(), tail.as_ref());
        let room = self.max_key_len().saturating_sub(tail.len()).min(prefix.len());
        [&prefix.as_bytes()[prefix.len() - room..], tail].concat().into()
    }

    /// Like [`key`](Self::key), with what makes it fresh at its end.
    pub(crate) fn key_beginning(&self, head: &str) -> Bytes {
        let prefix = self.prefix();
        let room = self.max_key_len().saturating_sub(head.len()).min(prefix.len());
        [head.as_bytes(), &prefix.as_bytes()[..room]].concat().into()
    }

    /// A random value of letters and digits, so that only the cases that are about other bytes depend on them: `len` of
    /// them, or as many as the store's limit allows.
    pub(crate) fn value(&self, len: usize) -> Bytes {
        let len = len.min(self.max_value_len());
        self.random(|random| values::letters_and_digits(random, len)).into()
    }

    /// Random bytes, as many as for [`value`](Self::value).
    pub(crate) fn bytes(&self, len: usize) -> Bytes {
        let len = len.min(self.max_value_len());
        self.random(|random| values::bytes(random, len)).into()
    }

    /// The length of the longest key that a case may use. Where it is a name, that is so much shorter as what is made of it
    /// is longer, if that is of any length.
    pub(crate) fn max_key_len(&self) -> usize {
        let limit = self.settings().max_key_len.unwrap_or(usize::MAX);
        let added = self.settings().records.map_or(0, |records| records.key(b"").len());
        let is_fixed = self.settings().records.is_some_and(|records| records.key(&[b'n'; 64]).len() == added);
        if is_fixed { usize::MAX } else { limit.saturating_sub(added) }
    }

    /// The length of the longest value that a case may use, and that of the longest content where it is that of a record.
    pub(crate) fn max_value_len(&self) -> usize {
        let limit = self.settings().max_value_len.unwrap_or(usize::MAX);
        let added = self.settings().records.map_or(0, |records| records.value(&[b'n'; 64], u64::MAX, b"").len());
        limit.saturating_sub(added)
    }
}
