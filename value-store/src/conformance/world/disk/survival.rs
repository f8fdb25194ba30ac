//! What of the unsynced survives that the power goes, drawn from the seed.

use fastrand::Rng;

use super::draw::Draw;

/// How much of what nobody has synced is on the disk when the power goes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Kind {
    /// Nothing.
    Nothing,
    /// All changes of names and lengths, and nothing of what was written.
    Names,
    /// Some changes and some pages, of which some are torn.
    Some,
    /// All changes of names and lengths. Where files have grown there are zeros.
    Zeros,
    /// Everything, but for one of the pages that were written, or for a part of it if there is only one.
    Hole,
    /// What was written last, and nothing from before.
    Newest,
}

/// What survives one power loss.
pub(super) struct Survival {
    kind: Kind,
    random: Rng,
}

impl From<Draw> for Survival {
    fn from(draw: Draw) -> Self {
        const KINDS: [Kind; Draw::KINDS] =
            [Kind::Nothing, Kind::Names, Kind::Some, Kind::Hole, Kind::Zeros, Kind::Newest];
        Self { kind: KINDS[draw.kind % KINDS.len()], random: Rng::with_seed(draw.seed) }
    }
}

impl Survival {
    /// How many of the changes that the journal need not hold it holds.
    pub(super) fn changes(&mut self, pending: usize) -> usize {
        match self.kind {
            Kind::Nothing => 0,
            Kind::Some => self.random.usize(..=pending),
            Kind::Names | Kind::Hole | Kind::Zeros | Kind::Newest => pending,
        }
    }

    /// Which of the pages that were written to a file has a hole, if so many were.
    pub(super) fn hole(&mut self, writes: usize) -> usize {
        self.random.usize(..writes.max(1))
    }

    /// Which sectors of the page that was written as this one of so many are on the disk: a bit each.
    pub(super) fn sectors(&mut self, place: usize, writes: usize, hole: usize) -> u8 {
        match self.kind {
            Kind::Hole if place == hole && writes > 1 => 0,
            Kind::Hole if place == hole => self.random.u8(..),
            Kind::Hole => u8::MAX,
            Kind::Newest if place + 1 == writes => u8::MAX,
            Kind::Nothing | Kind::Names | Kind::Zeros | Kind::Newest => 0,
            Kind::Some => match self.random.u8(..4) {
                0 => 0,
                1 => self.random.u8(..),
                _ => u8::MAX,
            },
        }
    }

    /// Whether a file has its new length although the page is not there.
    pub(super) fn keeps_length(&mut self) -> bool {
        match self.kind {
            Kind::Zeros | Kind::Hole => true,
            Kind::Some => self.random.bool(),
            _ => false,
        }
    }
}
