//! Histories written down, and what a get at their end may return.

use std::sync::Arc;
use std::time::Duration;

use tokio::time::Instant;

use super::*;
use crate::conformance::history::Refusal;
use crate::conformance::world::{Fault, Moment};
use crate::{GetValueResult, Options, PeerId};

/// A history of one key. Times are the numbers of events.
struct Story {
    operations: Vec<Operation>,
    happenings: Vec<(u64, Happening)>,
    claims: &'static [Claim],
    time: u64,
}

/// Stores that promise nothing about puts that are given up, and those that do.
const UNSETTLED: &[Claim] = &[];
const SETTLED: &[Claim] = &[Claim::Settled];

impl Story {
    fn of(claims: &'static [Claim]) -> Self {
        let happenings = vec![(0, Happening::Opened { handle: 1, world: 1 })];
        Self { operations: Vec::new(), happenings, claims, time: 0 }
    }

    fn call(mut self, call: Call, options: Options, outcome: Option<Outcome>) -> Self {
        let begun = Instant::now();
        let events = (self.time + 1, outcome.as_ref().map(|_| self.time + 2));
        self.time += 2;
        let ended = outcome.map(|outcome| (begun + Duration::from_secs(1), outcome));
        let (key, options) = (Bytes::from_static(b"k"), Arc::new(options));
        self.operations.push(Operation { handle: 1, task: 1, call, key, options, begun, ended, events });
        self
    }

    fn put(self, value: &'static str, outcome: Outcome) -> Self {
        self.call(Call::Put(value.into()), Options::new(), Some(outcome))
    }

    fn stored(self, value: &'static str) -> Self {
        self.put(value, Outcome::Stored)
    }

    fn dropped(self, value: &'static str) -> Self {
        self.put(value, Outcome::Dropped { polls: 1 })
    }

    fn found(self, value: &'static str) -> Self {
        self.call(Call::Get, Options::new(), Some(found(value)))
    }

    fn happens(mut self, happening: Happening) -> Self {
        self.time += 1;
        self.happenings.push((self.time, happening));
        self
    }

    /// Whether the last call is as it should be.
    fn is_right(&self) -> bool {
        let settings = Settings { claims: self.claims, max_value_len: Some(20), ..Settings::DEFAULT };
        let past = Past { operations: &self.operations, happenings: &self.happenings, settings: &settings };
        past.deviation(self.operations.len() - 1).is_none()
    }
}

fn found(value: &'static str) -> Outcome {
    match value {
        "" => failed(Kind::NotFound),
        _ => Outcome::Found(GetValueResult { from: PeerId::random(), val: value.into() }),
    }
}

fn failed(kind: Kind) -> Outcome {
    Outcome::Failed(Refusal { kind, chain: Vec::new() })
}

/// What a get after this may return. The empty text stands for no value.
fn allowed(story: impl Fn() -> Story) -> Vec<&'static str> {
    ["", "old", "late", "new"].into_iter().filter(|value| story().found(value).is_right()).collect()
}

fn with_one_left_behind(claims: &'static [Claim]) -> Story {
    Story::of(claims).stored("old").dropped("late")
}

#[test]
fn a_key_has_what_was_acknowledged_last() {
    for claims in [UNSETTLED, SETTLED] {
        assert_eq!(allowed(|| Story::of(claims)), [""]);
        assert_eq!(allowed(|| Story::of(claims).stored("old")), ["old"]);
        let restarted = || Story::of(claims).stored("old").stored("new").happens(Happening::Restarted { world: 1 });
        assert_eq!(allowed(restarted), ["new"]);
    }
}

#[test]
fn a_put_left_behind_may_have_happened() {
    for claims in [UNSETTLED, SETTLED] {
        assert_eq!(allowed(|| with_one_left_behind(claims)), ["old", "late"]);
        assert_eq!(allowed(|| Story::of(claims).dropped("late")), ["", "late"]);
    }
    let never_polled = || Story::of(UNSETTLED).stored("old").put("late", Outcome::Dropped { polls: 0 });
    assert_eq!(allowed(never_polled), ["old"]);
    assert_eq!(allowed(|| Story::of(UNSETTLED).put("late", failed(Kind::Backend))), ["", "late"]);
    assert_eq!(allowed(|| Story::of(UNSETTLED).put("late", failed(Kind::InvalidValue))), [""]);
}

#[test]
fn a_put_left_behind_may_land_over_a_newer_one_unless_the_store_is_settled() {
    assert_eq!(allowed(|| with_one_left_behind(UNSETTLED).stored("new")), ["late", "new"]);
    assert_eq!(allowed(|| with_one_left_behind(SETTLED).stored("new")), ["new"]);
}

#[test]
fn a_get_decides_only_where_the_store_is_settled() {
    assert_eq!(allowed(|| with_one_left_behind(UNSETTLED).found("old")), ["old", "late"]);
    assert_eq!(allowed(|| with_one_left_behind(SETTLED).found("old")), ["old"]);
    assert_eq!(allowed(|| with_one_left_behind(SETTLED).found("late")), ["late"]);
}

#[test]
fn a_restart_may_take_what_was_not_acknowledged_and_bring_nothing_back() {
    let after = |value| with_one_left_behind(SETTLED).found(value).happens(Happening::Restarted { world: 1 });
    assert_eq!(allowed(|| after("late")), ["old", "late"]);
    assert_eq!(allowed(|| after("old")), ["old"]);
}

#[test]
fn a_get_beside_a_put_may_return_the_old_value_or_the_new_one() {
    let beside = || Story::of(UNSETTLED).stored("old").call(Call::Put("new".into()), Options::new(), None);
    assert_eq!(allowed(beside), ["old", "new"]);
}

#[test]
fn puts_end_with_ok_unless_they_are_too_long_or_time_out() {
    let story = || Story::of(UNSETTLED);
    assert!(story().stored("value").is_right());
    for kind in [Kind::NotFound, Kind::Timeout, Kind::Backend, Kind::InvalidKey, Kind::InvalidValue] {
        assert!(!story().put("value", failed(kind)).is_right(), "{kind:?}");
    }
    assert!(story().put("a value of 21 bytes..", failed(Kind::InvalidValue)).is_right());
    assert!(!story().stored("a value of 21 bytes..").is_right());
    let timeout = |seconds| {
        let options = Options::new().with_timeout(Duration::from_secs(seconds));
        story().call(Call::Put("value".into()), options, Some(failed(Kind::Timeout))).is_right()
    };
    assert!(timeout(1));
    assert!(!timeout(2), "it ended after a second");
}

#[test]
fn in_an_outage_puts_fail_and_a_value_that_was_put_is_not_missing() {
    let cut = || Story::of(UNSETTLED).stored("old").happens(Happening::Cut { world: 1 });
    assert!(cut().put("new", failed(Kind::Backend)).is_right());
    assert!(!cut().stored("new").is_right());
    assert!(!cut().found("").is_right());
    assert!(cut().found("old").is_right());
    assert!(cut().call(Call::Get, Options::new(), Some(failed(Kind::Backend))).is_right());
    assert!(cut().happens(Happening::Healed { world: 1 }).stored("new").is_right());
    assert!(cut().happens(Happening::OpenToNew { world: 1 }).stored("new").is_right());
}

#[test]
fn another_world_knows_nothing_of_a_put() {
    let mut story = Story::of(UNSETTLED).stored("old").happens(Happening::Opened { handle: 2, world: 2 }).found("");
    story.operations.last_mut().unwrap().handle = 2;
    assert!(story.is_right());
}

#[test]
fn calls_of_a_killed_process_may_fail_and_those_of_the_next_may_not() {
    let killed = |world| Happening::Killed { world, moment: Moment::AT_ONCE, power_loss: None };
    let kill = |world| Story::of(UNSETTLED).stored("old").happens(killed(world));
    assert!(kill(1).put("new", failed(Kind::Backend)).is_right());
    assert!(!kill(2).put("new", failed(Kind::Backend)).is_right(), "of another world");
    let next = |outcome| {
        let mut story = kill(1).put("new", failed(Kind::Backend)).happens(Happening::Opened { handle: 2, world: 1 });
        story = story.call(Call::Get, Options::new(), Some(outcome));
        story.operations.last_mut().unwrap().handle = 2;
        story.is_right()
    };
    assert!(next(found("old")) && next(found("new")), "the put was under way");
    assert!(!next(found("")), "what was acknowledged is there");
    assert!(!next(failed(Kind::Backend)));
}

#[test]
fn calls_may_fail_on_a_disk_that_fails_and_until_the_store_is_opened_on_one_that_is_well() {
    let fails = Happening::Fails { world: 1, fault: Fault::FailedWrites, moment: Moment::AT_ONCE };
    let failing = || Story::of(UNSETTLED).stored("old").happens(fails.clone());
    assert!(failing().put("new", failed(Kind::Backend)).is_right());
    assert!(failing().call(Call::Get, Options::new(), Some(failed(Kind::Backend))).is_right());
    assert!(!failing().found("").is_right(), "what was acknowledged is not missing");
    let well = || failing().happens(Happening::Well { world: 1 });
    assert!(well().put("new", failed(Kind::Backend)).is_right(), "it need not recover by itself");
    let opened_again = |of: fn(Story) -> Story| {
        let mut story =
            of(failing()).happens(Happening::Opened { handle: 2, world: 1 }).put("new", failed(Kind::Backend));
        story.operations.last_mut().unwrap().handle = 2;
        story.is_right()
    };
    assert!(!opened_again(|story| story.happens(Happening::Well { world: 1 })));
    assert!(opened_again(|story| story), "the disk is not well yet");
}
