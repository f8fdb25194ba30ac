//! What a node does by itself, from time to time: it passes on what it holds, publishes again what its user has put, and joins
//! the network again if it has lost it.

use std::collections::VecDeque;
use std::hash::{BuildHasher as _, RandomState};
use std::time::Duration;

use libp2p::Multiaddr;
use libp2p::kad::RecordKey;
use tokio::time::{Instant, Interval, MissedTickBehavior, interval_at};

use super::copy::Purpose;
use super::settings::Settings;

/// How many records are passed on at the same time, so that the node has time for the calls of its user.
pub(super) const COPIES: usize = 8;

/// How many times in their interval the node looks for publications that are due.
const LOOKS: u32 = 20;

/// A timer begins at one of this many moments of its first period.
const PARTS: u32 = 1 << 16;

/// The timers of a node, and what is left to do.
pub(super) struct Upkeep {
    /// Where others can be found.
    pub(super) bootstrap: Vec<Multiaddr>,
    /// Whether it was told since the node joined last that one of them was not reached.
    pub(super) has_warned: bool,
    join: Interval,
    replicate: Option<Interval>,
    publish: Option<Interval>,
    /// Keys whose publication is due.
    to_publish: VecDeque<RecordKey>,
    /// Keys of this round of replication.
    to_replicate: VecDeque<RecordKey>,
    /// Which of the two had its turn last.
    last: Purpose,
}

/// What is due.
#[derive(Debug, PartialEq)]
pub(super) enum Due {
    /// To join the network, if the node is connected to nobody that it knows, and to remove what has expired.
    Join,
    /// To pass on all records that the node holds.
    Replicate,
    /// To look for publications that are due.
    Publish,
}

impl Upkeep {
    pub(super) fn new(settings: &mut Settings) -> Self {
        let publish = settings.republish_interval.map(|interval| interval / LOOKS);
        Self {
            bootstrap: std::mem::take(&mut settings.bootstrap),
            has_warned: false,
            join: every(settings.refresh_interval),
            replicate: settings.replicate_interval.map(every),
            publish: publish.map(every),
            to_publish: VecDeque::new(),
            to_replicate: VecDeque::new(),
            last: Purpose::Replicate,
        }
    }

    /// Waits until something is due.
    pub(super) async fn due(&mut self) -> Due {
        tokio::select! {
            _ = self.join.tick() => Due::Join,
            () = tick(&mut self.replicate) => Due::Replicate,
            () = tick(&mut self.publish) => Due::Publish,
        }
    }

    /// Passes these records on, one after the other. If a round for this purpose has not ended yet, that one goes on, and
    /// these wait for the next.
    pub(super) fn pass_on(&mut self, keys: impl IntoIterator<Item = RecordKey>, purpose: Purpose) {
        let queue = match purpose {
            Purpose::Publish => &mut self.to_publish,
            Purpose::Replicate => &mut self.to_replicate,
        };
        if queue.is_empty() {
            queue.extend(keys);
        }
    }

    /// The next record to pass on. The two purposes take turns, so that neither waits until a long round of the other is over.
    pub(super) fn next(&mut self) -> Option<(RecordKey, Purpose)> {
        let to_publish = self.last == Purpose::Replicate && !self.to_publish.is_empty() || self.to_replicate.is_empty();
        let (queue, purpose) = if to_publish {
            (&mut self.to_publish, Purpose::Publish)
        } else {
            (&mut self.to_replicate, Purpose::Replicate)
        };
        let key = queue.pop_front()?;
        self.last = purpose;
        Some((key, purpose))
    }

    /// Whether there is a next record.
    pub(super) fn has_more(&self) -> bool {
        !self.to_publish.is_empty() || !self.to_replicate.is_empty()
    }
}

/// A timer that begins somewhere in its first period, so that nodes that start together do not all work together.
fn every(period: Duration) -> Interval {
    let period = period.max(Duration::from_millis(1));
    // The hash is new in each process, and differs from one call to the next.
    let [one, other, ..] = RandomState::new().hash_one(()).to_ne_bytes();
    let begins = period / PARTS * u32::from(u16::from_ne_bytes([one, other]));
    let mut interval = interval_at(Instant::now() + begins, period);
    interval.set_missed_tick_behavior(MissedTickBehavior::Delay);
    interval
}

async fn tick(interval: &mut Option<Interval>) {
    match interval {
        Some(interval) => drop(interval.tick().await),
        None => std::future::pending().await,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn publications_and_replication_take_turns() {
        let mut upkeep = Upkeep::new(&mut Settings::default());
        let keys = |names: &[&str]| names.iter().map(RecordKey::new).collect::<Vec<_>>();
        upkeep.pass_on(keys(&["held 1", "held 2", "held 3"]), Purpose::Replicate);
        upkeep.pass_on(keys(&["own 1", "own 2"]), Purpose::Publish);
        // Its round has not ended.
        upkeep.pass_on(keys(&["own 1"]), Purpose::Publish);
        let order: Vec<_> = std::iter::from_fn(|| upkeep.next()).map(|(key, _)| key).collect();
        assert_eq!(order, keys(&["own 1", "held 1", "own 2", "held 2", "held 3"]));
        assert!(!upkeep.has_more());
    }
}
