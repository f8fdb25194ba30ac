//! What a case works with.
//!
//! A [`Session`] is one run of one case. It opens [worlds], and stores in them. A case calls a store through a [`Handle`],
//! which records every call in the [history](crate::conformance::history). Keys and values are [fresh] in each run.

mod budget;
mod call;
mod expect;
mod fresh;
mod hand_over;
mod handle;
mod killed;
mod many;
mod outage;
pub(crate) mod panics;
mod pause;
pub(crate) mod prefix;
mod propagation;
mod seed;
mod side_by_side;
mod timing;
mod unhurried;
mod values;
mod worlds;

pub(crate) use self::budget::Budget;
pub(crate) use self::call::{Ended, Request, Started};
pub(crate) use self::hand_over::hand_over;
pub(crate) use self::handle::{GENEROUS, Handle, PATIENCE};
pub(crate) use self::killed::Crash;
pub(crate) use self::outage::Outage;
pub(crate) use self::pause::Pause;
pub(crate) use self::seed::{Seed, VARIABLE};
pub(crate) use self::side_by_side::Calls;
pub(crate) use self::timing::RESOLUTION;
pub(crate) use self::unhurried::Ends;

use std::sync::atomic::AtomicUsize;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use crate::conformance::history::History;
use crate::conformance::records::Issued;
use crate::conformance::subject::{Claim, Settings, Subject};
use crate::conformance::victim::Victim;
use crate::conformance::world::Context;

/// One run of one case.
pub(crate) struct Session {
    subject: &'static Subject,
    history: Arc<History>,
    worlds: Mutex<Vec<&'static Context>>,
    handles: AtomicUsize,
    random: Mutex<fastrand::Rng>,
    /// The beginning of all keys of this run of this case.
    prefix: Mutex<Arc<str>>,
    /// The records behind the keys and values of the case, if the store takes records.
    issued: Option<Arc<Issued>>,
    budget: Budget,
    budget_for_outages: Budget,
    pause: Mutex<Option<Pause>>,
    /// The processes in which stores run, each with its world.
    victims: Mutex<Vec<(&'static Context, Arc<Victim>)>>,
    /// How often the power has gone.
    power_losses: AtomicUsize,
    /// How long the case has waited for puts to arrive.
    for_arrivals: Mutex<Duration>,
    /// The name of the case.
    path: String,
}

impl Session {
    pub(crate) fn new(subject: &'static Subject, path: &str, seed: Seed, history: Arc<History>) -> Self {
        let mut random = seed.generator(subject.module, path);
        let prefix = Mutex::new(prefix::fresh(&mut random));
        Self {
            subject,
            worlds: Mutex::new(vec![new_world()]),
            handles: AtomicUsize::new(0),
            random: Mutex::new(random),
            prefix,
            issued: subject.settings.records.map(|records| Arc::new(Issued::new(records))),
            budget: Budget::new(subject.settings.deadline / 10, "a tenth", Arc::clone(&history)),
            budget_for_outages: Budget::new(subject.settings.deadline / 3, "a third", Arc::clone(&history)),
            history,
            pause: Mutex::new(None),
            victims: Mutex::default(),
            power_losses: AtomicUsize::new(0),
            for_arrivals: Mutex::default(),
            path: path.to_owned(),
        }
    }

    pub(crate) fn settings(&self) -> &'static Settings {
        &self.subject.settings
    }

    pub(crate) fn is_claimed(&self, claim: Claim) -> bool {
        self.settings().claims.contains(&claim)
    }

    pub(crate) fn history(&self) -> &History {
        &self.history
    }

    /// All worlds so far.
    pub(crate) fn worlds(&self) -> Vec<&'static Context> {
        self.worlds.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// The records that this case has made, or `None` if the store takes no records.
    pub(crate) fn issued(&self) -> Option<&Issued> {
        self.issued.as_deref()
    }

    /// Whether a case that repeats calls should go on. If not, adds the note that it stopped early.
    pub(crate) fn has_time(&self) -> bool {
        self.budget.is_left()
    }

    /// Whether a case that repeats outages, with calls before and after each, should go on. If not, adds the note that it
    /// stopped early.
    pub(crate) fn has_time_for_outages(&self) -> bool {
        self.budget_for_outages.is_left()
    }

    pub(crate) fn budget(&self) -> Budget {
        self.budget.clone()
    }

    pub(crate) fn random<T>(&self, draw: impl FnOnce(&mut fastrand::Rng) -> T) -> T {
        draw(&mut self.random.lock().unwrap_or_else(PoisonError::into_inner))
    }

    /// What makes the keys fresh.
    pub(crate) fn prefix(&self) -> Arc<str> {
        Arc::clone(&self.prefix.lock().unwrap_or_else(PoisonError::into_inner))
    }

    /// Gives all keys from now on another prefix.
    pub(crate) fn renew_prefix(&self) {
        let prefix = self.random(prefix::fresh);
        *self.prefix.lock().unwrap_or_else(PoisonError::into_inner) = prefix;
    }
}

/// A world is leaked, since a store may borrow from its context, and so may tasks that the store leaves running. It is
/// small.
fn new_world() -> &'static Context {
    Box::leak(Box::default())
}
