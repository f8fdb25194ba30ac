//! The steps of a sequence, and how they are drawn.

use std::time::Duration;

use bytes::Bytes;
use proptest::prop_oneof;
use proptest::sample::select;
use proptest::strategy::{BoxedStrategy, Just, Strategy, ValueTree};
use proptest::test_runner::TestRunner;

use super::Mix;
use crate::Options;
use crate::conformance::session::GENEROUS;

/// What to do, one step after the other.
#[derive(Debug)]
pub(super) struct Sequence {
    /// What the key of each place ends in.
    pub(super) tails: [&'static [u8]; PLACES],
    /// How many handles are open.
    pub(super) handles: usize,
    pub(super) steps: Vec<Step>,
}

#[derive(Clone, Debug, PartialEq)]
pub(super) enum Step {
    Call {
        /// Which of the handles.
        handle: usize,
        /// Which of the keys.
        place: usize,
        action: Action,
        manner: Manner,
    },
    Restart,
}

#[derive(Clone, Debug, PartialEq)]
pub(super) enum Action {
    Get,
    Put(Content),
}

/// What a put puts, told from that of every other put where it can be.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Content {
    Text,
    Empty,
    /// What was put to the key before.
    Again,
    Binary,
    /// So many bytes.
    Long(usize),
}

/// How a call is made. All but the first two may leave a put behind.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Manner {
    Plain,
    UnknownOption,
    /// With a timeout, short or generous.
    Timeout(Duration),
    /// Dropped after so many polls.
    Dropped(usize),
}

/// So few keys that each is put and read again and again.
pub(super) const PLACES: usize = 4;

/// So many handles are open where several are.
const PEERS: usize = 3;

/// What keys end in where it does not matter.
pub(super) const PLAIN: [&[u8]; PLACES] = [b"a", b"b", b"c", b"d"];

/// What is easily taken for one of the others.
const CONFUSABLE: &[&[u8]] = &[b"", b"A", b"aa", b"ab", b"a\0", b"a\0b", b"a ", b"a/", b"\xff", b"\xfe"];

/// Timeouts that may pass before any store has answered.
const SHORT: &[Duration] =
    &[Duration::ZERO, Duration::from_nanos(1), Duration::from_micros(1), Duration::from_millis(1)];

impl Content {
    /// The value of the put with this number, given what was put to the key before it.
    pub(super) fn value(&self, number: usize, before: Option<&Bytes>) -> Bytes {
        let text = format!("value {number}");
        match (self, before) {
            (Self::Again, Some(before)) => before.clone(),
            (Self::Text | Self::Again, _) => text.into(),
            (Self::Empty, _) => Bytes::new(),
            (Self::Binary, _) => [b"\0\xff\r\n\x80 ", &number.to_be_bytes()[..]].concat().into(),
            (Self::Long(length), _) => text.bytes().chain(*b", ").cycle().take(*length).collect(),
        }
    }
}

impl Manner {
    pub(super) fn options(&self) -> Options {
        match self {
            Self::Plain | Self::Dropped(_) => Options::new(),
            Self::UnknownOption => Options::new().with("value-store-conformance-unknown", "ignored"),
            Self::Timeout(timeout) => Options::new().with_timeout(*timeout),
        }
    }

    /// Whether the call may end with `Timeout`.
    pub(super) fn may_time_out(&self) -> bool {
        matches!(self, Self::Timeout(timeout) if *timeout < GENEROUS)
    }
}

impl Mix {
    fn handles(self) -> usize {
        if self == Self::WithPeers { PEERS } else { 1 }
    }
}

/// A sequence with all that it takes to make it simpler.
pub(super) struct Drawn {
    pub(super) tails: [&'static [u8]; PLACES],
    handles: usize,
    pub(super) steps: Vec<DrawnStep>,
}

pub(super) struct DrawnStep {
    pub(super) step: Step,
    /// Where the step comes from, and simpler ones.
    pub(super) tree: Box<dyn ValueTree<Value = Step>>,
}

impl Drawn {
    /// A sequence of this length, and a get of each key behind it.
    pub(super) fn new(runner: &mut TestRunner, mix: Mix, length: usize) -> Self {
        let tails = PLAIN.map(|plain| draw(&tail(plain), runner).current());
        let mut place = 0;
        let mut random = || {
            place = draw(&next_place(place), runner).current();
            draw(&step(place, mix), runner)
        };
        let mut trees: Vec<_> = std::iter::repeat_with(&mut random).take(length).collect();
        trees.extend((0..PLACES).map(|place| draw(&get(place), runner)));
        Self { tails, handles: mix.handles(), steps: trees.into_iter().map(DrawnStep::from).collect() }
    }

    pub(super) fn sequence(&self) -> Sequence {
        Sequence {
            tails: self.tails,
            handles: self.handles,
            steps: self.steps.iter().map(|drawn| drawn.step.clone()).collect(),
        }
    }
}

impl From<Box<dyn ValueTree<Value = Step>>> for DrawnStep {
    fn from(tree: Box<dyn ValueTree<Value = Step>>) -> Self {
        Self { step: tree.current(), tree }
    }
}

fn draw<S: Strategy>(strategy: &S, runner: &mut TestRunner) -> S::Tree {
    strategy.new_tree(runner).unwrap_or_else(|reason| unreachable!("nothing is filtered: {reason}"))
}

fn tail(plain: &'static [u8]) -> impl Strategy<Value = &'static [u8]> {
    prop_oneof![Just(plain), select(CONFUSABLE)]
}

/// The same place again, more often than not: faults take a few calls on one key, one soon after the other.
fn next_place(last: usize) -> impl Strategy<Value = usize> {
    prop_oneof![Just(last), 0..PLACES]
}

// Shrinking goes from one choice to the one before it, and no further where that does not fail. So what is simplest stands
// first, and all else beside it.

fn step(place: usize, mix: Mix) -> BoxedStrategy<Step> {
    let call = (0..mix.handles(), action(), manner(mix));
    let call = call.prop_map(move |(handle, action, manner)| Step::Call { handle, place, action, manner });
    match mix {
        Mix::Plain | Mix::AnyManner | Mix::WithPeers => call.boxed(),
        Mix::WithRestarts => prop_oneof![12 => call, 1 => Just(Step::Restart)].boxed(),
    }
}

fn get(place: usize) -> BoxedStrategy<Step> {
    Just(Step::Call { handle: 0, place, action: Action::Get, manner: Manner::Plain }).boxed()
}

fn action() -> impl Strategy<Value = Action> {
    prop_oneof![Just(Action::Get), content().prop_map(Action::Put)]
}

fn content() -> impl Strategy<Value = Content> {
    let other = prop_oneof![
        1 => Just(Content::Empty),
        2 => Just(Content::Again),
        1 => Just(Content::Binary),
        1 => select(&[100, 1_000, 5_000][..]).prop_map(Content::Long),
    ];
    prop_oneof![Just(Content::Text), other]
}

fn manner(mix: Mix) -> BoxedStrategy<Manner> {
    let other = prop_oneof![
        3 => Just(Manner::UnknownOption),
        1 => select(&[GENEROUS, Duration::MAX][..]).prop_map(Manner::Timeout),
        2 => select(SHORT).prop_map(Manner::Timeout),
        3 => select(&[1, 1, 1, 2, 3][..]).prop_map(Manner::Dropped),
    ];
    match mix {
        Mix::Plain | Mix::WithPeers => Just(Manner::Plain).boxed(),
        Mix::AnyManner | Mix::WithRestarts => prop_oneof![Just(Manner::Plain), other].boxed(),
    }
}
