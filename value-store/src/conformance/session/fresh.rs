//! Keys that no other run and no other case uses, and random values.

use bytes::Bytes;

use super::{Session, values};

impl Session {
    /// A fresh key that ends in `tail`. The tails in the suite take 12 bytes at most, so the key takes 24. If the limit of the
    /// store is too short for the whole prefix, the key has the end of it: a part fits even with the smallest limit that the
    /// attribute accepts.
    pub(crate) fn key(&self, tail: impl AsRef<[u8]>) -> Bytes {
        let (prefix, tail) = (self.prefix(), tail.as_ref());
        let room = self.max_key_len().saturating_sub(tail.len()).min(prefix.len());
        joined(&prefix.as_bytes()[prefix.len() - room..], tail)
    }

    /// A fresh key that begins with `head`: like [`key`](Self::key), but the prefix comes last.
    pub(crate) fn key_beginning(&self, head: &str) -> Bytes {
        let prefix = self.prefix();
        let room = self.max_key_len().saturating_sub(head.len()).min(prefix.len());
        joined(head.as_bytes(), &prefix.as_bytes()[..room])
    }

    /// A random value of `len` letters and digits, or of as many as the limit of the store allows. A store that damages
    /// other bytes fails only the cases that are about those.
    pub(crate) fn value(&self, len: usize) -> Bytes {
        let len = len.min(self.max_value_len());
        self.random(|random| values::letters_and_digits(random, len)).into()
    }

    /// A random value of any bytes, as long as a [`value`](Self::value).
    pub(crate) fn bytes(&self, len: usize) -> Bytes {
        let len = len.min(self.max_value_len());
        self.random(|random| values::bytes(random, len)).into()
    }

    /// The length of the longest key that a case may use. If the store takes records, the key of the case is a name: the
    /// limit is then less by what the generator adds to a name, or there is none if all generated keys have one length.
    pub(crate) fn max_key_len(&self) -> usize {
        let limit = self.settings().max_key_len.unwrap_or(usize::MAX);
        let added = self.settings().records.map_or(0, |records| records.key(b"").len());
        let is_fixed = self.settings().records.is_some_and(|records| records.key(&[b'n'; 64]).len() == added);
        if is_fixed { usize::MAX } else { limit.saturating_sub(added) }
    }

    /// The length of the longest value that a case may use. If the store takes records, the limit is less by what the
    /// generator adds to a content.
    pub(crate) fn max_value_len(&self) -> usize {
        let limit = self.settings().max_value_len.unwrap_or(usize::MAX);
        let added = self.settings().records.map_or(0, |records| records.value(&[b'n'; 64], u64::MAX, b"").len());
        limit.saturating_sub(added)
    }
}

/// Like `concat`, in a third of its steps without optimization: cases make keys by the thousand.
fn joined(head: &[u8], tail: &[u8]) -> Bytes {
    let mut key = Vec::with_capacity(head.len() + tail.len());
    key.extend_from_slice(head);
    key.extend_from_slice(tail);
    key.into()
}
