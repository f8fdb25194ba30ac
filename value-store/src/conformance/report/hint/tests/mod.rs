//! Hints for calls that are written down as a report shows them.

mod failures;
mod going_back;
mod keys;
mod losses;
mod timeouts;
mod values;

use std::time::Duration;

use bytes::Bytes;
use tokio::time::Instant;

use super::*;
use crate::conformance::history::{Call, Operation, PowerLoss, Refusal};
use crate::conformance::subject::Settings;
use crate::conformance::suite::Case;
use crate::conformance::world::{Draw, Fault, Moment};
use crate::{GetValueResult, Options, PeerId};

/// Whether the calls are the smallest run that fails, and whether that needs calls at the same time.
#[derive(Clone, Copy, PartialEq)]
enum Shown {
    Smallest,
    SmallestBeside,
    AnyRun,
}

use Shown::{AnyRun, Smallest, SmallestBeside};

/// What is shown of a case.
struct Story {
    case: &'static str,
    shown: Shown,
    settings: Settings,
    operations: Vec<Operation>,
    happenings: Vec<(u64, Happening)>,
}

impl Story {
    /// Reads the calls, a line for each:
    ///
    /// - `put k v1 -> ok`, or `get k -> v1`: a call with its outcome. `k` is a fresh key, and `=k` the key as it is written.
    /// - `put k 3000B -> ok`, `put k '' -> ok`: a value of that length, and the empty value.
    /// - `get k timeout=5 took=7 option handle=2 -> Timeout`: more of the call, before its outcome. Times are in milliseconds.
    /// - `& get k -> …`: a call that began before the end of the one before it.
    /// - `-- cut`: what happened beside the calls.
    fn of(shown: Shown, lines: &[&str]) -> Self {
        let case = "overwrite::second_put_wins";
        let mut story =
            Self { case, shown, settings: Settings::DEFAULT, operations: Vec::new(), happenings: Vec::new() };
        for (number, line) in lines.iter().enumerate() {
            story.read(10 * number as u64 + 10, line);
        }
        story
    }

    fn of_case(self, case: &'static str) -> Self {
        Self { case, ..self }
    }

    fn read(&mut self, event: u64, line: &str) {
        if let Some(happening) = line.strip_prefix("-- ") {
            self.happenings.push((event, happening_of(happening)));
            return;
        }
        let (is_beside, line) = line.strip_prefix("& ").map_or((false, line), |line| (true, line));
        let (call, outcome) = line.split_once(" -> ").unwrap();
        let words: Vec<&str> = call.split(' ').collect();
        let number = |name: &str| {
            let word = words.iter().find_map(|word| word.strip_prefix(name)?.strip_prefix('='));
            word.map(|digits| digits.parse::<u64>().unwrap())
        };
        let timeout = number("timeout").map(Duration::from_millis);
        let options = timeout.map_or(Options::new(), |timeout| Options::new().with_timeout(timeout));
        let options = if words.contains(&"option") { options.with("unknown", 1) } else { options };
        let call = if words[0] == "put" { Call::Put(value_of(words[2])) } else { Call::Get };
        let begun = Instant::now();
        let ended = (outcome != "pending")
            .then(|| (begun + Duration::from_millis(number("took").unwrap_or_default()), outcome_of(outcome)));
        let first = if is_beside { event - 9 } else { event };
        let events = (first, ended.as_ref().map(|_| event + 5));
        if is_beside {
            let before = self.operations.last_mut().unwrap();
            before.events.1 = before.events.1.map(|_| event + 4);
        }
        let handle = usize::try_from(number("handle").unwrap_or(1)).unwrap();
        let (key, options) = (key_of(words[1]), options.into());
        self.operations.push(Operation { handle, task: 1, call, key, options, begun, ended, events });
    }

    fn hint(&self, failure: &Failure) -> Option<String> {
        let evidence = Evidence {
            case: Case::named(self.case),
            settings: &self.settings,
            operations: &self.operations,
            happenings: &self.happenings,
            is_smallest: self.shown != AnyRun,
            needs_overlap: self.shown == SmallestBeside,
        };
        hint(failure, &evidence)
    }

    /// The hint if the last call that ended should have had another outcome.
    fn expects(&self, expected: Expected) -> String {
        let operation = self.operations.iter().rposition(|operation| operation.ended.is_some()).unwrap();
        self.hint(&Failure::Unexpected { operation, expected }).unwrap_or_default()
    }
}

fn key_of(word: &str) -> Bytes {
    match word.strip_prefix('=') {
        Some("''") => Bytes::new(),
        Some(exact) => Bytes::copy_from_slice(exact.as_bytes()),
        None => format!("a9f3a9f3a9f3{word}").into(),
    }
}

fn value_of(word: &str) -> Bytes {
    match word.strip_suffix('B').and_then(|digits| digits.parse().ok()) {
        Some(length) => vec![b'x'; length].into(),
        None if word == "''" => Bytes::new(),
        None => Bytes::copy_from_slice(word.as_bytes()),
    }
}

fn outcome_of(word: &str) -> Outcome {
    let kinds = [Kind::NotFound, Kind::Timeout, Kind::InvalidKey, Kind::InvalidValue, Kind::Backend];
    match (word, kinds.into_iter().find(|kind| format!("{kind:?}") == word)) {
        (_, Some(kind)) => Outcome::Failed(Refusal { kind, chain: Vec::new() }),
        ("ok", _) => Outcome::Stored,
        ("dropped", _) => Outcome::Dropped { polls: 1 },
        ("unpolled", _) => Outcome::Dropped { polls: 0 },
        (value, _) => Outcome::Found(GetValueResult { from: PeerId::random(), val: value_of(value) }),
    }
}

fn happening_of(words: &str) -> Happening {
    let world = 1;
    match words.split(' ').collect::<Vec<_>>().as_slice() {
        ["restart"] => Happening::Restarted { world },
        ["kill"] => Happening::Killed { world, moment: Moment::AT_ONCE, power_loss: None },
        ["power", "loss"] => {
            let power_loss = Some(PowerLoss { draw: Draw { kind: 0, seed: 0 }, unsynced: Vec::new() });
            Happening::Killed { world, moment: Moment::AT_ONCE, power_loss }
        }
        ["failing", what] => {
            let faults = [Fault::Full, Fault::FailedWrites, Fault::FailedReads, Fault::FailedSyncs, Fault::Stalled];
            let fault = faults.into_iter().find(|fault| format!("{fault:?}") == *what).unwrap();
            Happening::Fails { world, fault, moment: Moment::AT_ONCE }
        }
        ["well"] => Happening::Well { world },
        ["stall"] => Happening::Stalled { world },
        ["open", "to", "new"] => Happening::OpenToNew { world },
        ["cut"] => Happening::Cut { world },
        ["heal"] => Happening::Healed { world },
        ["end"] => Happening::Ended { world: 2 },
        ["wait"] => Happening::Waited(Duration::from_millis(150)),
        ["open", handle, world] => Happening::Opened { handle: handle.parse().unwrap(), world: world.parse().unwrap() },
        ["drop", handle] => Happening::Dropped { handle: handle.parse().unwrap() },
        _ => panic!("nothing is called {words}"),
    }
}

fn stored(value: &str) -> Expected {
    Expected::Value(value_of(value))
}

fn either(old: &str, new: &str) -> Expected {
    Expected::one_of(&[value_of(old), value_of(new)])
}
