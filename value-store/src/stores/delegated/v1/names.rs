//! The store behind a router, in which the newest record of each name stays.

use std::sync::{Arc, Mutex, PoisonError};

use bytes::Bytes;
use foldhash::HashMap;
use tokio::sync::OwnedMutexGuard;

use crate::ipns::{Name, Record, RecordError};
use crate::{Error, Options, ValueStore};

/// A store of the records of names.
pub(super) struct Names {
    store: Box<dyn ValueStore>,
    turns: Turns,
}

/// A record with its bytes.
#[derive(Debug)]
pub(super) struct Held {
    pub(super) record: Record,
    pub(super) bytes: Bytes,
}

/// Why a record was not found.
#[derive(Debug)]
pub(super) enum Missing {
    Failed(Error),
    /// What the store has is no valid record now.
    Unfit(RecordError),
}

impl Names {
    pub(super) fn new(store: impl ValueStore + 'static) -> Self {
        Self { store: Box::new(store), turns: Turns::default() }
    }

    pub(super) async fn get(&self, name: Name) -> Result<Held, Missing> {
        let found = self.store.get(&name.to_key(), &Options::new()).await.map_err(Missing::Failed)?;
        let record = Record::verify(&name, &found.val).map_err(Missing::Unfit)?;
        Ok(Held { record, bytes: found.val })
    }

    /// Puts this record, unless the store has a newer one. No other put of the same name comes between.
    pub(super) async fn put(&self, name: Name, new: Held) -> Result<(), Error> {
        let _turn = self.turns.next(name).await;
        match self.get(name).await {
            Ok(held) if held.record > new.record => return Err(Error::InvalidValue(older(&new.record, &held.record))),
            // What counts as no record may be replaced.
            Ok(_) | Err(Missing::Failed(Error::NotFound) | Missing::Unfit(_)) => {}
            Err(Missing::Failed(error)) => return Err(error),
        }
        self.store.put(&name.to_key(), new.bytes, &Options::new()).await
    }
}

/// Why a record is not put, and what to do.
fn older(new: &Record, held: &Record) -> String {
    let (number, newer) = (new.sequence(), held.sequence());
    if number == newer {
        let which = if held.valid_until() > new.valid_until() { "that is valid for longer" } else { "which stays" };
        return format!("the name has a record of the same sequence number, {number}, {which}: count it up");
    }
    format!(
        "the name has a newer record, with the sequence number {newer}, and this one has {number}: count on from there"
    )
}

/// The names whose puts are under way or wait for each other.
#[derive(Default)]
struct Turns(Mutex<HashMap<Name, Arc<tokio::sync::Mutex<()>>>>);

impl Turns {
    /// Waits until no other put of this name is under way. The turn ends when what this returns is dropped.
    async fn next(&self, name: Name) -> OwnedMutexGuard<()> {
        let turn = {
            let mut turns = self.0.lock().unwrap_or_else(PoisonError::into_inner);
            // Those that nobody has or waits for. So there are no more than calls under way.
            turns.retain(|_, turn| Arc::strong_count(turn) > 1);
            Arc::clone(turns.entry(name).or_default())
        };
        turn.lock_owned().await
    }
}

#[cfg(test)]
mod tests {
    use libp2p_identity::PeerId;

    use super::*;

    #[tokio::test]
    async fn a_name_has_one_turn_at_a_time_and_other_names_have_theirs() {
        let (turns, name) = (Turns::default(), Name::from(PeerId::random()));
        let turn = turns.next(name).await;
        let _other = turns.next(PeerId::random().into()).await;
        let mut waiting = Box::pin(turns.next(name));
        assert!(polled_once(&mut waiting).await.is_none());
        drop(turn);
        assert!(polled_once(&mut waiting).await.is_some());
    }

    #[tokio::test]
    async fn names_whose_turns_are_over_are_forgotten() {
        let turns = Turns::default();
        for _ in 0..100 {
            drop(turns.next(PeerId::random().into()).await);
        }
        let _turn = turns.next(PeerId::random().into()).await;
        assert_eq!(turns.0.lock().unwrap().len(), 1);
    }

    /// What the future has if it is polled once.
    async fn polled_once<T>(future: &mut (impl Future<Output = T> + Unpin)) -> Option<T> {
        tokio::select! { biased; output = future => Some(output), () = std::future::ready(()) => None }
    }
}
