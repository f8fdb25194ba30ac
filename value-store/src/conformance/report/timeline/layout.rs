//! Where each call is drawn: which calls there is room for, in which lane and row, and how far from the left.

use std::cmp::Reverse;
use std::collections::{BTreeMap, BTreeSet, HashMap};

use tokio::time::Instant;

use super::axis::Axis;
use crate::conformance::history::Operation;

/// How many calls are drawn at most, and of how many tasks: more than a person looks through, on a page of some 100 KB.
const MAX_CALLS: usize = 240;
const MAX_TASKS: usize = 24;

/// How many calls are drawn that began after the last call to blame had ended.
const CALLS_AFTER: usize = 2;

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
    /// Where the last bar of each row ends.
    rows: Vec<f64>,
}

#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Bar {
    pub(super) operation: usize,
    pub(super) row: usize,
    /// Where it begins and ends, as fractions of the width.
    pub(super) span: (f64, f64),
}

impl Layout {
    /// Lays out the important calls, and those around the last of them.
    pub(super) fn new(operations: &[Operation], important: &BTreeSet<usize>) -> Self {
        let shown = window(operations, important);
        let events = events(operations, &shown);
        let moments: Vec<_> = events.iter().map(|event| event.at).collect();
        let axis = Axis::new(&moments);
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

/// Chooses the calls to draw: first the important ones, then calls on the same keys, then others. Among equals, those
/// nearest to the last important call come first.
///
/// Calls that began after the last important one had ended explain nothing. A few are drawn all the same, to show how
/// the case went on.
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

/// The beginnings and ends of these calls, in order.
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

#[cfg(test)]
mod tests {
    use std::sync::LazyLock;
    use std::time::Duration;

    use bytes::Bytes;

    use super::*;
    use crate::Options;
    use crate::conformance::history::{Call, Outcome};

    static START: LazyLock<Instant> = LazyLock::new(Instant::now);

    /// Calls of tasks. Each has its task, its beginning and its end, if it has one, in nanoseconds.
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
}
