//! Where each call is drawn: which calls there is room for, in which lane, and how far from the left.

use std::cmp::Reverse;
use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::time::Duration;

use tokio::time::Instant;

use crate::conformance::history::Operation;

/// So many calls are drawn at most, of so many tasks: more than a person looks through, and a page of some 100 KB.
const MAX_CALLS: usize = 240;
const MAX_TASKS: usize = 24;

/// So many calls are drawn that began when the last one to blame had ended.
const CALLS_AFTER: usize = 2;

/// The least width of the whole axis in pixels, that between two neighbouring events, and about that between two ticks.
const MIN_WIDTH: usize = 880;
const EVENT_WIDTH: usize = 20;
const TICK_WIDTH: usize = 110;

/// How many events there is room for behind the last one: calls that have not returned are drawn on, to the end.
const TAIL: usize = 8;

/// Whether calls of different tasks ran at the same time.
pub(super) fn overlap(operations: &[Operation]) -> bool {
    // The latest end of each task so far; `None` is later than any.
    let mut ends: HashMap<usize, Option<u64>> = HashMap::new();
    operations.iter().any(|operation| {
        let (begin, end) = operation.events;
        let runs = |end: &Option<u64>| end.is_none_or(|end| end > begin);
        let overlaps = ends.iter().any(|(task, end)| *task != operation.task && runs(end));
        let latest = ends.entry(operation.task).or_insert(Some(begin));
        *latest = latest.and_then(|latest| Some(latest.max(end?)));
        overlaps
    })
}

fn end(operation: &Operation) -> Option<Instant> {
    operation.ended.as_ref().map(|(end, _)| *end)
}

pub(super) struct Layout {
    /// The calls that are drawn, in their order.
    pub(super) shown: Vec<usize>,
    /// The tasks that made them, each with its calls.
    pub(super) lanes: BTreeMap<usize, Lane>,
    pub(super) axis: Axis,
}

/// The calls of one task. Those that ran at the same time are in different rows.
#[derive(Default)]
pub(super) struct Lane {
    pub(super) bars: Vec<Bar>,
    /// How far each row is taken.
    rows: Vec<f64>,
}

#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Bar {
    pub(super) operation: usize,
    pub(super) row: usize,
    /// How far from the left it begins and ends, as a part of the whole width.
    pub(super) span: (f64, f64),
}

impl Layout {
    /// Lays out the important calls, and those around the last of them.
    pub(super) fn new(operations: &[Operation], important: &BTreeSet<usize>) -> Self {
        let shown = window(operations, important);
        let events = events(operations, &shown);
        let axis = Axis::new(&events);
        let mut begun = HashMap::new();
        let mut lanes: BTreeMap<usize, Lane> = BTreeMap::new();
        let mut spans: BTreeMap<usize, (f64, f64)> = BTreeMap::new();
        for (event, (_, position)) in events.iter().zip(&axis.points) {
            match event.side {
                Side::Begin => drop(begun.insert(event.operation, *position)),
                Side::End => drop(spans.insert(event.operation, (begun[&event.operation], *position))),
            }
        }
        for operation in shown.iter().copied() {
            let span = spans.get(&operation).copied().unwrap_or_else(|| (begun[&operation], 1.0));
            lanes.entry(operations[operation].task).or_default().add(operation, span);
        }
        Self { shown, lanes, axis }
    }

    pub(super) fn bars(&self) -> impl Iterator<Item = &Bar> {
        self.lanes.values().flat_map(|lane| &lane.bars)
    }
}

impl Lane {
    pub(super) fn rows(&self) -> usize {
        self.rows.len()
    }

    fn add(&mut self, operation: usize, span: (f64, f64)) {
        let row = self.rows.iter().position(|taken| *taken <= span.0).unwrap_or(self.rows.len());
        self.rows.resize(self.rows.len().max(row + 1), 0.0);
        self.rows[row] = span.1;
        self.bars.push(Bar { operation, row, span });
    }
}

/// The calls to draw: the important ones, then others, of the keys of those first, and of these the nearest to the last
/// important one. What began after that had ended explains nothing, but for a few calls that show how it went on.
fn window(operations: &[Operation], important: &BTreeSet<usize>) -> Vec<usize> {
    let anchor = important.last().copied().unwrap_or(operations.len().saturating_sub(1));
    let is_beside = |operation: &&Operation| end(&operations[anchor]).is_none_or(|end| operation.begun < end);
    let beside = operations[anchor..].iter().take_while(is_beside).count();
    let mut shown: Vec<_> = (0..operations.len().min(anchor + beside.max(1) + CALLS_AFTER)).collect();
    let keys: BTreeSet<_> = important.iter().map(|index| &operations[*index].key).collect();
    let matters = |index: &usize| (important.contains(index), keys.contains(&operations[*index].key));
    shown.sort_by_key(|index| (Reverse(matters(index)), index.abs_diff(anchor)));
    let mut tasks = BTreeSet::new();
    shown.retain(|index| {
        let task = operations[*index].task;
        tasks.contains(&task) || tasks.len() < MAX_TASKS && tasks.insert(task)
    });
    shown.truncate(MAX_CALLS);
    shown.sort_unstable();
    shown
}

struct Event {
    number: u64,
    at: Instant,
    operation: usize,
    side: Side,
}

#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Side {
    Begin,
    End,
}

/// The begins and ends of these calls, in order.
fn events(operations: &[Operation], shown: &[usize]) -> Vec<Event> {
    let mut events: Vec<_> = shown
        .iter()
        .flat_map(|index| {
            let operation = &operations[*index];
            let event = |side, (number, at)| Event { number, at, operation: *index, side };
            let begin = event(Side::Begin, (operation.events.0, operation.begun));
            let end = operation.events.1.zip(end(operation)).map(|end| event(Side::End, end));
            [Some(begin), end]
        })
        .flatten()
        .collect();
    events.sort_by_key(|event| (event.number, event.operation, event.side));
    events
}

/// How far from the left each moment is.
///
/// Half of the width is shared out evenly among the stretches between one event and the next, so that even those that took
/// no time can be seen. Of the other half each has a part that grows with the time that it took, but only as its square
/// root, so that a long wait leaves room for the rest.
pub(super) struct Axis {
    /// Each event: when, from the first on, and how far from the left.
    points: Vec<(Duration, f64)>,
}

impl Axis {
    fn new(events: &[Event]) -> Self {
        let stretches = || events.windows(2).map(|pair| (pair[1].at - pair[0].at).as_secs_f64().sqrt());
        let all: f64 = stretches().sum();
        let (evenly, by_time) = if all > 0.0 { (0.5, 0.5 / all) } else { (1.0, 0.0) };
        let even = evenly / float(events.len() + TAIL);
        let mut position = 0.0;
        let points = events.iter().zip(std::iter::once(0.0).chain(stretches())).map(|(event, stretch)| {
            position += even + stretch * by_time;
            (event.at - events[0].at, position)
        });
        Self { points: points.collect() }
    }

    /// How wide the axis has to be, in pixels.
    pub(super) fn width(&self) -> usize {
        MIN_WIDTH.max((self.points.len() + TAIL) * EVENT_WIDTH)
    }

    /// Moments to write down, from the first event on, and how far from the left each is: not at even distances, but round.
    pub(super) fn ticks(&self) -> Vec<(Duration, f64)> {
        let slots = self.width() / TICK_WIDTH;
        let bounds = |slot: usize| [slot, slot + 1].map(|bound| self.time(float(bound) / float(slots)));
        let round = (0..slots).map(bounds).filter_map(|[after, until]| roundest(after, until));
        let round = round.map(|time| (time, self.position(time)));
        let mut ticks: Vec<_> = self.points.first().copied().into_iter().collect();
        for tick in round {
            let previous = ticks.last().map_or(0.0, |(_, position)| *position);
            if [tick.1 - previous, 1.0 - tick.1].into_iter().all(|room| room * float(slots) > 0.6) {
                ticks.push(tick);
            }
        }
        ticks
    }

    fn time(&self, position: f64) -> Duration {
        let next = self.points.partition_point(|(_, point)| *point < position);
        match (self.points.get(next.wrapping_sub(1)), self.points.get(next)) {
            (Some(before), Some(after)) => {
                before.0 + after.0.saturating_sub(before.0).mul_f64((position - before.1) / (after.1 - before.1))
            }
            (Some((end, _)), None) => *end,
            (None, _) => Duration::ZERO,
        }
    }

    fn position(&self, time: Duration) -> f64 {
        let next = self.points.partition_point(|(point, _)| *point < time);
        match (self.points.get(next.wrapping_sub(1)), self.points.get(next)) {
            (Some(before), Some(after)) => {
                before.1
                    + (after.1 - before.1)
                        * time.saturating_sub(before.0).div_duration_f64(after.0.saturating_sub(before.0))
            }
            (last, first) => last.or(first).map_or(0.0, |(_, position)| *position),
        }
    }
}

/// The moment in this stretch that takes the fewest digits.
fn roundest(after: Duration, until: Duration) -> Option<Duration> {
    let [after, until] = [after, until].map(|time| u64::try_from(time.as_nanos()).unwrap_or(u64::MAX));
    let steps = (0..=18).rev().flat_map(|power| [5, 2, 1].map(|factor| factor * 10_u64.pow(power)));
    steps.map(|step| until / step * step).find(|round| *round > after).map(Duration::from_nanos)
}

fn float(count: usize) -> f64 {
    u32::try_from(count).map_or(f64::MAX, f64::from)
}

#[cfg(test)]
mod tests {
    use std::sync::LazyLock;

    use bytes::Bytes;

    use super::*;
    use crate::Options;
    use crate::conformance::history::{Call, Outcome};

    static START: LazyLock<Instant> = LazyLock::new(Instant::now);

    /// Calls of tasks, each from so many to so many nanoseconds, or without an end.
    fn history(calls: &[(usize, u64, Option<u64>)]) -> Vec<Operation> {
        let at = |nanoseconds| *START + Duration::from_nanos(nanoseconds);
        let operation = |(task, begun, ended): &(usize, u64, Option<u64>)| Operation {
            handle: 1,
            task: *task,
            call: Call::Get,
            key: Bytes::new(),
            options: Options::new().into(),
            begun: at(*begun),
            ended: ended.map(|ended| (at(ended), Outcome::Stored)),
            events: (*begun, *ended),
        };
        calls.iter().map(operation).collect()
    }

    #[test]
    fn only_calls_of_different_tasks_that_run_at_the_same_time_overlap() {
        let overlap = |calls: &[_]| super::overlap(&history(calls));
        assert!(overlap(&[(1, 0, Some(10)), (2, 9, Some(20))]));
        assert!(overlap(&[(1, 0, Some(10)), (1, 2, Some(3)), (2, 9, Some(20))]), "the longer of two calls of a task");
        assert!(overlap(&[(1, 0, None), (2, 100, Some(200))]), "a call that has not returned");
        assert!(overlap(&[(1, 0, None), (1, 1, Some(2)), (2, 3, Some(4))]), "and one after it");
        assert!(!overlap(&[(1, 0, Some(10)), (2, 10, Some(20)), (1, 20, Some(30))]), "one after the other");
        assert!(!overlap(&[(1, 0, Some(10)), (1, 5, Some(15)), (1, 6, None)]), "calls of one task");
        assert!(!overlap(&[(1, 0, Some(0)), (2, 0, Some(0))]), "a clock that stands still");
    }

    #[test]
    fn calls_of_one_task_share_a_row_as_long_as_one_comes_after_the_other() {
        let operations =
            history(&[(7, 0, Some(10)), (7, 2, Some(4)), (7, 5, Some(20)), (7, 12, None), (7, 30, Some(31))]);
        let layout = Layout::new(&operations, &BTreeSet::new());
        let rows: Vec<_> = layout.bars().map(|bar| bar.row).collect();
        assert_eq!((rows.as_slice(), layout.lanes[&7].rows()), (&[0, 1, 1, 0, 1][..], 2));
        let pending = layout.lanes[&7].bars[3];
        assert_eq!(pending.span.1.to_bits(), 1.0_f64.to_bits(), "what has not returned goes on to the end");
    }

    #[test]
    fn calls_of_the_keys_to_blame_are_drawn_before_others() {
        let calls: Vec<_> = (0..1_000).map(|number| (1, number * 10, Some(number * 10 + 5))).collect();
        let mut operations = history(&calls);
        for index in (0..1_000).step_by(10) {
            operations[index].key = "to blame".into();
        }
        let layout = Layout::new(&operations, &BTreeSet::from([990]));
        let to_blame = layout.shown.iter().filter(|index| **index % 10 == 0).count();
        assert_eq!((layout.shown.len(), to_blame), (MAX_CALLS, 100));
        assert!(layout.shown.iter().all(|index| index % 10 == 0 || *index > 800), "then the nearest");
    }

    #[test]
    fn every_stretch_is_wide_enough_to_be_seen_and_long_ones_are_wider() {
        let operations = history(&[(1, 0, Some(1)), (2, 1_000_000_000, Some(1_000_000_000)), (3, 1_000_000_005, None)]);
        let layout = Layout::new(&operations, &BTreeSet::new());
        let pixels = |index: usize| layout.axis.points[index].1 * float(layout.axis.width());
        let stretches: Vec<_> = (1..5).map(|index| pixels(index) - pixels(index - 1)).collect();
        assert!(stretches.iter().all(|stretch| *stretch >= float(EVENT_WIDTH / 2)), "{stretches:?}");
        assert!(stretches[1] > 4.0 * stretches[0] && stretches[3] > stretches[2], "{stretches:?}");
        assert!(pixels(4) <= float(layout.axis.width()));
    }

    #[test]
    fn ticks_are_round_and_where_their_moment_is() {
        let operations = history(&[(1, 0, Some(1_234)), (2, 1_300, Some(2_718)), (1, 3_000, Some(98_765))]);
        let axis = Layout::new(&operations, &BTreeSet::new()).axis;
        let ticks = axis.ticks();
        assert!(ticks.len() > 3 && ticks[0].0.is_zero(), "{ticks:?}");
        assert!(ticks.is_sorted_by(|one, other| one.0 < other.0 && one.1 < other.1), "{ticks:?}");
        for (time, position) in ticks {
            let there = axis.time(position);
            assert!(there.abs_diff(time) <= Duration::from_nanos(1), "{time:?} is drawn where {there:?} is");
            assert!(time.as_nanos().to_string().trim_end_matches('0').len() <= 2, "{time:?}");
        }
    }

    #[test]
    fn the_roundest_moment_has_the_fewest_digits() {
        let roundest = |after, until| {
            super::roundest(Duration::from_nanos(after), Duration::from_nanos(until)).map(|round| round.as_nanos())
        };
        assert_eq!(roundest(123, 1_789), Some(1_000));
        assert_eq!(roundest(1_234, 1_789), Some(1_500));
        assert_eq!(roundest(1_710, 1_789), Some(1_750));
        assert_eq!(roundest(1_000, 1_001), Some(1_001));
        assert_eq!(roundest(1_000, 1_000), None);
    }
}
