//! The steps of a sequence, and how they are drawn.

use std::time::Duration;

use bytes::Bytes;
use fastrand::Rng;

use crate::Options;
use crate::conformance::session::GENEROUS;

/// The kinds of calls in a sequence.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Mix {
    /// Puts and gets.
    Plain,
    /// Puts and gets of odd values, with keys that are easily confused.
    AnyBytes,
    /// Puts and gets, with options and timeouts, and some of them dropped.
    AnyManner,
    /// All that, and restarts.
    WithRestarts,
    /// Puts and gets through several handles.
    WithPeers,
}

/// The steps of a sequence, in order, with the keys and handles that they use.
#[derive(Debug)]
pub(super) struct Sequence {
    /// The ending of the key in each place.
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

/// What a put stores. Most contents differ from what any other put stores.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Content {
    Text,
    Empty,
    /// The value of the last put to the key.
    Again,
    Binary,
    /// Text of this many bytes.
    Long(usize),
}

/// How a call is made. All but the first two may leave a put behind.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Manner {
    Plain,
    UnknownOption,
    /// With a timeout, short or generous.
    Timeout(Duration),
    /// Dropped after this many polls.
    Dropped(usize),
}

/// The number of keys. There are few, so that each is put and read again and again.
pub(super) const PLACES: usize = 4;

/// The number of handles in a sequence with several.
const PEERS: usize = 3;

/// Endings of keys, for when the ending does not matter.
pub(super) const PLAIN: [&[u8]; PLACES] = [b"a", b"b", b"c", b"d"];

/// Endings of keys that a store may take for one another.
const CONFUSABLE: &[&[u8]] = &[b"", b"A", b"aa", b"ab", b"a\0", b"a\0b", b"a ", b"a/", b"\xff", b"\xfe"];

/// Timeouts that may pass before any store has answered.
const SHORT: &[Duration] =
    &[Duration::ZERO, Duration::from_nanos(1), Duration::from_micros(1), Duration::from_millis(1)];

impl Content {
    /// The value of the put with this number. `before` is the value of the last put to its key.
    pub(super) fn value(&self, number: usize, before: Option<&Bytes>) -> Bytes {
        let text = format!("value{number}");
        match (self, before) {
            (Self::Again, Some(before)) => before.clone(),
            (Self::Text | Self::Again, _) => text.into(),
            (Self::Empty, _) => Bytes::new(),
            (Self::Binary, _) => [b"\0\xff\r\n\x80 ", &number.to_be_bytes()[..]].concat().into(),
            (Self::Long(length), _) => Bytes::from(text.repeat(length.div_ceil(text.len()))).slice(..*length),
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
}

impl Sequence {
    /// Draws a sequence of `length` random steps, followed by a get of each key.
    pub(super) fn draw(random: &mut Rng, mix: Mix, length: usize) -> Self {
        let is_odd = |random: &mut Rng| mix == Mix::AnyBytes && random.bool();
        let tails = PLAIN.map(|plain| if is_odd(random) { one_of(random, CONFUSABLE) } else { plain });
        let mut steps = Vec::with_capacity(length + PLACES);
        let mut place = 0;
        for _ in 0..length {
            // At least half of the steps stay at the place of the step before: most faults show after a few calls on
            // one key, in quick succession.
            place = if random.bool() { place } else { random.usize(..PLACES) };
            steps.push(Step::draw(random, mix, place));
        }
        let get = |place| Step::Call { handle: 0, place, action: Action::Get, manner: Manner::Plain };
        steps.extend((0..PLACES).map(get));
        Self { tails, handles: mix.handles(), steps }
    }
}

impl Mix {
    fn handles(self) -> usize {
        if self == Self::WithPeers { PEERS } else { 1 }
    }
}

impl Step {
    fn draw(random: &mut Rng, mix: Mix, place: usize) -> Self {
        if mix == Mix::WithRestarts && random.u8(..13) == 0 {
            return Self::Restart;
        }
        let handle = random.usize(..mix.handles());
        Self::Call { handle, place, action: Action::draw(random, mix), manner: Manner::draw(random, mix) }
    }
}

impl Action {
    fn draw(random: &mut Rng, mix: Mix) -> Self {
        if random.bool() { Self::Get } else { Self::Put(Content::draw(random, mix)) }
    }
}

impl Content {
    const LENGTHS: &[usize] = &[100, 1_000, 5_000];

    fn draw(random: &mut Rng, mix: Mix) -> Self {
        match (random.u8(..10), mix) {
            (0 | 1, _) => Self::Again,
            (2, Mix::AnyBytes) => Self::Long(one_of(random, Self::LENGTHS)),
            (2, _) => Self::Long(Self::LENGTHS[0]),
            (3, Mix::AnyBytes) => Self::Binary,
            (4..7, Mix::AnyBytes) => Self::Empty,
            _ => Self::Text,
        }
    }
}

impl Manner {
    fn draw(random: &mut Rng, mix: Mix) -> Self {
        if matches!(mix, Mix::Plain | Mix::AnyBytes | Mix::WithPeers) || random.bool() {
            return Self::Plain;
        }
        match random.u8(..9) {
            0..3 => Self::UnknownOption,
            3 => Self::Timeout(one_of(random, &[GENEROUS, Duration::MAX])),
            4 | 5 => Self::Timeout(one_of(random, SHORT)),
            _ => Self::Dropped(one_of(random, &[1, 1, 1, 2, 3])),
        }
    }
}

fn one_of<T: Copy>(random: &mut Rng, choices: &[T]) -> T {
    choices[random.usize(..choices.len())]
}
