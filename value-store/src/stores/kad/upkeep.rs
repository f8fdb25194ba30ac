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
pub(super) const COPIES: u64 = 8;

/// Looks for publications that are due so many times in their interval.
const LOOKS: u32 = 20;

/// How many moments of its first period a timer may begin at.
const PARTS: u32 = 1 << 16;

/// The timers of a node, and what is left to do.
pub(super) struct Upkeep {
    /// Where others can be found.
    pub(super) bootstrap: Vec<Multiaddr>,
    join: Interval,
    replicate: Option<Interval>,
    publish: Option<Interval>,
    left: VecDeque<(RecordKey, Purpose)>,
}

/// What is due.
#[derive(Debug, PartialEq)]
pub(super) enum Due {
    /// To join the network, if the node knows nobody, and to remove what has expired.
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
            join: every(settings.refresh_interval),
            replicate: settings.replicate_interval.map(every),
            publish: publish.map(every),
            left: VecDeque::new(),
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

    /// Passes these records on, one after the other. A round that has not ended yet goes on first.
    pub(super) fn pass_on(&mut self, keys: impl IntoIterator<Item = RecordKey>, purpose: Purpose) {
        if !self.left.iter().any(|(_, left)| *left == purpose) {
            self.left.extend(keys.into_iter().map(|key| (key, purpose)));
        }
    }

    /// The next record to pass on.
    pub(super) fn next(&mut self) -> Option<(RecordKey, Purpose)> {
        self.left.pop_front()
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
