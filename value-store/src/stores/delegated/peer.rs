//! A peer id as text, and back, with the last one remembered.
//!
//! Writing or reading base58 takes time that grows with the square of its length: for a short value, more than all the
//! rest of an answer. But a value is mostly from the same peer as the one before.

use std::error::Error as StdError;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use libp2p_identity::PeerId;

/// The last peer that was written or read, with its text.
#[derive(Debug, Default)]
pub(super) struct LastPeer(Mutex<Option<(PeerId, Arc<str>)>>);

impl LastPeer {
    pub(super) fn text_of(&self, peer_id: PeerId) -> Arc<str> {
        if let Some((_, text)) = self.lock().as_ref().filter(|(last, _)| *last == peer_id) {
            return Arc::clone(text);
        }
        let text = Arc::from(peer_id.to_base58());
        *self.lock() = Some((peer_id, Arc::clone(&text)));
        text
    }

    pub(super) fn peer_of(&self, text: &str) -> Result<PeerId, Box<dyn StdError + Send + Sync>> {
        // Twice the length of the longest peer ids. Anything longer is not read at all.
        const MAX_LEN: usize = 128;
        if text.len() > MAX_LEN {
            return Err(format!("no peer id has {} characters", text.len()).into());
        }
        if let Some((peer_id, _)) = self.lock().as_ref().filter(|(_, last)| **last == *text) {
            return Ok(*peer_id);
        }
        let peer_id = text.parse()?;
        *self.lock() = Some((peer_id, text.into()));
        Ok(peer_id)
    }

    /// Ignores that the lock is poisoned: a panic under it leaves a whole pair behind.
    fn lock(&self) -> MutexGuard<'_, Option<(PeerId, Arc<str>)>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_peer_has_its_own_text_whichever_was_the_last() {
        let (first, second) = (PeerId::random(), PeerId::random());
        let (written, read) = (LastPeer::default(), LastPeer::default());
        for peer_id in [first, first, second, first, second, second] {
            assert_eq!(*written.text_of(peer_id), *peer_id.to_base58());
            assert_eq!(read.peer_of(&peer_id.to_base58()).unwrap(), peer_id);
        }
    }

    #[test]
    fn what_is_no_peer_id_is_refused_and_changes_nothing() {
        let (read, peer_id) = (LastPeer::default(), PeerId::random());
        read.peer_of(&peer_id.to_base58()).unwrap();
        for text in ["", "peer", &"1".repeat(128)] {
            assert!(read.peer_of(text).is_err(), "{text}");
        }
        assert_eq!(read.lock().as_ref().map(|(last, _)| *last), Some(peer_id));
    }

    /// The length is checked before any base58 is read.
    #[test]
    fn what_is_too_long_for_a_peer_id_is_refused_for_its_length() {
        let refusal = LastPeer::default().peer_of(&"1".repeat(129)).unwrap_err();
        assert_eq!(refusal.to_string(), "no peer id has 129 characters");
    }
}
