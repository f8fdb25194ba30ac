//! Scripts that are shorter or simpler than another one.

use std::collections::{HashMap, HashSet};
use std::sync::Arc;

use bytes::Bytes;

use super::key::Key;
use super::{Call, Script, Step};
use crate::Options;

impl Script {
    /// The same calls, one after the other. An outage may be what a call waits for, so such scripts stay as they are.
    pub(crate) fn one_after_the_other(&self) -> Option<Self> {
        if self.steps.iter().any(|step| matches!(step, Step::Outage { .. })) || !self.overlaps() {
            return None;
        }
        let steps = self.steps.iter().filter(|step| !matches!(step, Step::Finish { .. }));
        let steps = steps.flat_map(|step| {
            let finish = match step {
                Step::Begin(call) if call.dropped_after.is_none() => Some(Step::Finish { call: call.number }),
                _ => None,
            };
            [step.clone()].into_iter().chain(finish)
        });
        Some(Self { steps: steps.collect() })
    }

    /// The places of the steps that can be left out, each with those that go with it.
    pub(crate) fn parts(&self) -> Vec<Vec<usize>> {
        let ties = Ties::of(self);
        (0..self.steps.len()).filter_map(|place| self.part(place, &ties)).collect()
    }

    fn part(&self, place: usize, ties: &Ties) -> Option<Vec<usize>> {
        let with = |others: &[usize]| Some([&[place], others].concat());
        match &self.steps[place] {
            Step::Begin(Call { number, .. }) => with(ties.finishes.get(number).map_or(&[], std::slice::from_ref)),
            Step::Outage { .. } => {
                let end = self.steps[place + 1..]
                    .iter()
                    .position(|step| matches!(step, Step::Heal { .. } | Step::Outage { .. }));
                let end = end.map(|end| place + 1 + end).filter(|end| matches!(self.steps[*end], Step::Heal { .. }));
                with(end.as_slice())
            }
            // Without what was opened, the calls through it could not be made.
            Step::Open { handle, .. } if ties.called.contains(handle) => None,
            Step::Open { handle, .. } => with(ties.ends.get(handle).map_or(&[], Vec::as_slice)),
            // A restart needs the other handles closed.
            Step::Close { .. } if ties.has_restarts => None,
            Step::Finish { .. } | Step::Heal { .. } | Step::Reopen { .. } | Step::Mend { .. } => None,
            Step::Fail { world, .. } => {
                // What follows expects that the disk is well again.
                let mends = |step: &Step| matches!(step, Step::Mend { world: of } if of == world);
                let end = self.steps[place + 1..].iter().position(mends).map(|end| place + 1 + end);
                with(end.as_slice())
            }
            Step::Kill { .. } => with(ties.reopenings.get(&place).map_or(&[], std::slice::from_ref)),
            Step::Restart { .. }
            | Step::Try { .. }
            | Step::Close { .. }
            | Step::LetOneStepPass { .. }
            | Step::LetNewCallsPass { .. }
            | Step::Wait(_)
            | Step::End { .. } => with(&[]),
        }
    }

    pub(crate) fn without(&self, parts: &[Vec<usize>]) -> Self {
        let left_out: HashSet<_> = parts.iter().flatten().collect();
        let steps = self.steps.iter().enumerate().filter(|(place, _)| !left_out.contains(place));
        Self { steps: steps.map(|(_, step)| step.clone()).collect() }
    }

    /// Scripts that differ from this one in one respect, and are simpler: without an option, with a call that is not
    /// dropped, or with a plain key.
    pub(crate) fn simpler(&self) -> Vec<Self> {
        let calls: Vec<_> = self.calls().cloned().collect();
        let of_calls = calls.iter().flat_map(|call| {
            let number = call.number;
            simpler_options(&call.options)
                .into_iter()
                .map(move |options| Change::Options(number, options))
                .chain(call.dropped_after.map(|_| Change::NotDropped(number)))
        });
        let mut keys: Vec<Key> = Vec::new();
        for call in &calls {
            if !keys.contains(&call.key) {
                keys.push(call.key.clone());
            }
        }
        let odd = keys.iter().enumerate().filter(|(_, key)| !key.is_plain());
        let of_keys = odd.map(|(number, key)| Change::Key(key.clone(), Key::plain(number + 1)));
        of_calls.chain(of_keys).map(|change| self.with(&change)).collect()
    }

    /// The values that could be plainer.
    pub(crate) fn odd_values(&self) -> Vec<Bytes> {
        let mut values: Vec<Bytes> = Vec::new();
        for value in self.calls().filter_map(|call| call.value.as_ref()) {
            if !values.contains(value) && !is_plain(value) {
                values.push(value.clone());
            }
        }
        values
    }

    pub(crate) fn with_value(&self, old: &Bytes, new: &Bytes) -> Self {
        self.with(&Change::Value(old.clone(), new.clone()))
    }

    fn with(&self, change: &Change) -> Self {
        let mut script = self.clone();
        let mut finish = None;
        for step in &mut script.steps {
            if let Step::Begin(call) = step {
                change.apply(call);
                if matches!(change, Change::NotDropped(number) if *number == call.number) {
                    finish = Some(call.number);
                }
            }
        }
        if let Some(call) = finish {
            let place = script.steps.iter().position(|step| matches!(step, Step::Begin(begun) if begun.number == call));
            if let Some(place) = place {
                script.steps.insert(place + 1, Step::Finish { call });
            }
        }
        script
    }
}

/// The plainest value with this number.
pub(crate) fn plain_value(number: usize) -> Bytes {
    format!("v{number}").into()
}

/// Whether a value is as plain as [`plain_value`] makes it.
pub(crate) fn is_plain(value: &[u8]) -> bool {
    value.strip_prefix(b"v").is_some_and(|digits| !digits.is_empty() && digits.iter().all(u8::is_ascii_digit))
}

/// Which steps of a script go together. It is made once for all steps, of which a script may have ten thousand.
#[derive(Default)]
struct Ties {
    /// Where a call is waited for.
    finishes: HashMap<usize, usize>,
    /// Where a handle is closed or restarted.
    ends: HashMap<usize, Vec<usize>>,
    /// The handles through which a call is made.
    called: HashSet<usize>,
    /// Where the world is opened again that was killed at a place.
    reopenings: HashMap<usize, usize>,
    has_restarts: bool,
}

impl Ties {
    fn of(script: &Script) -> Self {
        let (mut ties, mut killed) = (Self::default(), HashMap::new());
        for (place, step) in script.steps.iter().enumerate() {
            match step {
                Step::Begin(call) => drop(ties.called.insert(call.handle)),
                Step::Finish { call } => drop(ties.finishes.insert(*call, place)),
                Step::Close { handle } | Step::Restart { handle } => {
                    ties.ends.entry(*handle).or_default().push(place);
                    ties.has_restarts |= matches!(step, Step::Restart { .. });
                }
                Step::Kill { world, .. } => drop(killed.insert(*world, place)),
                Step::Reopen { world, .. } => {
                    if let Some(kill) = killed.remove(world) {
                        ties.reopenings.insert(kill, place);
                    }
                }
                _ => {}
            }
        }
        ties
    }
}

enum Change {
    Options(usize, Options),
    NotDropped(usize),
    Key(Key, Key),
    Value(Bytes, Bytes),
}

impl Change {
    fn apply(&self, call: &mut Call) {
        match self {
            Self::Options(number, options) if call.number == *number => call.options = Arc::new(options.clone()),
            Self::NotDropped(number) if call.number == *number => call.dropped_after = None,
            Self::Key(old, new) if call.key == *old => call.key = new.clone(),
            Self::Value(old, new) if call.value.as_ref() == Some(old) => call.value = Some(new.clone()),
            _ => {}
        }
    }
}

/// Fewer options, the fewest first: none, the timeout alone, the additional ones alone, and halves of these.
fn simpler_options(options: &Options) -> Vec<Options> {
    let additional: Vec<_> = options.iter().collect();
    if additional.is_empty() && options.timeout().is_none() {
        return Vec::new();
    }
    let with = |timeout: bool, additional: &[(&str, &serde_json::Value)]| {
        let begin = options
            .timeout()
            .filter(|_| timeout)
            .map_or_else(Options::new, |timeout| Options::new().with_timeout(timeout));
        additional.iter().fold(begin, |options, (name, value)| options.with(*name, (*value).clone()))
    };
    let mut simpler = vec![Options::new()];
    if options.timeout().is_some() && !additional.is_empty() {
        simpler.extend([with(true, &[]), with(false, &additional)]);
    }
    if additional.len() > 1 {
        let (first, second) = additional.split_at(additional.len() / 2);
        simpler.extend([with(true, first), with(true, second)]);
    }
    simpler
}
