use super::Operation::{Read, Write};
use super::*;

#[track_caller]
fn check_is(history: &[Operation<char>], expected: Result<(), Violation>) {
    assert_eq!(check(history), expected);
    assert_eq!(can_be_explained(history), expected.is_ok());
}

fn write(value: char, begin: u64, end: u64) -> Operation<char> {
    Write { value, begin, end: Some(end) }
}

fn pending_write(value: char, begin: u64) -> Operation<char> {
    Write { value, begin, end: None }
}

fn read(value: char, begin: u64, end: u64) -> Operation<char> {
    Read { value: Some(value), begin, end }
}

fn read_initial(begin: u64, end: u64) -> Operation<char> {
    Read { value: None, begin, end }
}

#[test]
fn a_sequential_history_is_linearizable() {
    check_is(&[], Ok(()));
    check_is(&[read_initial(1, 2), write('a', 3, 4), read('a', 5, 6), write('b', 7, 8), read('b', 9, 10)], Ok(()));
}

#[test]
fn operations_at_the_same_time_may_happen_in_any_order() {
    check_is(&[write('a', 1, 6), read_initial(2, 3), read('a', 4, 5)], Ok(()));
    check_is(&[write('a', 1, 4), write('b', 2, 3), read('a', 5, 6)], Ok(()));
}

#[test]
fn equal_numbers_are_the_same_time() {
    check_is(&[write('a', 1, 2), read_initial(2, 3)], Ok(()));
    check_is(&[read('a', 1, 2), write('a', 2, 3)], Ok(()));
    check_is(&[write('a', 0, 0), read_initial(0, 0), write('b', u64::MAX, u64::MAX)], Ok(()));
}

#[test]
fn a_write_that_did_not_end_may_happen_later_or_never() {
    check_is(&[pending_write('a', 1), read_initial(2, 3)], Ok(()));
    check_is(&[pending_write('a', 1), read_initial(2, 3), write('b', 4, 5), read('a', 6, 7)], Ok(()));
}

#[test]
fn a_write_that_did_not_end_happens_once() {
    let history = [pending_write('a', 1), read('a', 2, 3), write('b', 4, 5), read('b', 6, 7), read('a', 8, 9)];
    let (old, newer) = (Sighting { write: 0, by: 1 }, Sighting { write: 2, by: 2 });
    check_is(&history, Err(Violation::Stale { read: 4, old, newer, begun: 2 }));
}

#[test]
fn a_value_from_nowhere() {
    check_is(&[write('a', 1, 2), read('b', 3, 4)], Err(Violation::FromNowhere { read: 1 }));
}

#[test]
fn a_value_from_the_future() {
    check_is(&[read('a', 1, 2), write('a', 3, 4)], Err(Violation::FromTheFuture { read: 0, write: 1 }));
}

#[test]
fn a_value_that_was_lost() {
    let seen = Sighting { write: 0, by: 0 };
    check_is(&[write('a', 1, 2), read_initial(3, 4)], Err(Violation::Lost { read: 1, seen }));
    let seen = Sighting { write: 0, by: 1 };
    check_is(&[pending_write('a', 1), read('a', 2, 3), read_initial(4, 5)], Err(Violation::Lost { read: 2, seen }));
}

#[test]
fn a_value_that_was_replaced() {
    let (old, newer) = (Sighting { write: 0, by: 0 }, Sighting { write: 1, by: 1 });
    let history = [write('a', 1, 2), write('b', 3, 4), read('a', 5, 6)];
    check_is(&history, Err(Violation::Stale { read: 2, old, newer, begun: 1 }));
}

#[test]
fn a_value_that_came_back() {
    let (old, newer) = (Sighting { write: 0, by: 2 }, Sighting { write: 1, by: 3 });
    let history = [write('a', 1, 20), write('b', 2, 21), read('a', 3, 4), read('b', 5, 6), read('a', 7, 8)];
    check_is(&history, Err(Violation::Stale { read: 4, old, newer, begun: 3 }));
}

#[test]
fn two_values_each_older_than_the_other() {
    let seen = [Sighting { write: 0, by: 0 }, Sighting { write: 1, by: 1 }];
    let history = [write('a', 1, 3), write('b', 2, 4), read('b', 5, 7), read('a', 6, 8)];
    check_is(&history, Err(Violation::Crossed { reads: [3, 2], seen }));
}

#[test]
#[should_panic(expected = "operation 1 writes a value that another operation writes")]
fn a_value_that_is_written_twice() {
    let _ = check(&[write('a', 1, 2), write('a', 3, 4)]);
}

const HISTORIES: usize = 100_000;

/// The search tries all orders, and does not rely on different values.
#[test]
fn the_check_agrees_with_a_search_through_all_orders() {
    let mut random = fastrand::Rng::with_seed(1);
    let mut linearizable = 0;
    for _ in 0..HISTORIES {
        let history = random_history(&mut random);
        let can_be_explained = can_be_explained(&history);
        assert_eq!(check(&history).is_ok(), can_be_explained, "{history:#?}");
        linearizable += usize::from(can_be_explained);
    }
    let share = linearizable * 100 / HISTORIES;
    assert!((20..=80).contains(&share), "{share} % are linearizable");
}

#[test]
fn the_blamed_operations_contradict_each_other_and_each_read_is_needed() {
    let mut random = fastrand::Rng::with_seed(2);
    let mut kinds = std::collections::BTreeMap::new();
    for _ in 0..HISTORIES {
        let history = random_history(&mut random);
        let Err(violation) = check(&history) else { continue };
        *kinds.entry(format!("{violation:?}").split(' ').next().map(str::to_owned)).or_insert(0) += 1;

        assert!(is_true(&history, violation), "{violation:?} in {history:#?}");
        let blamed = violation.operations();
        let of_more = violation.renumbered(|index| index + 10).operations();
        assert_eq!(of_more, blamed.iter().map(|index| index + 10).collect::<Vec<_>>());
        let some = |is_left: &dyn Fn(usize) -> bool| -> Vec<_> {
            blamed.iter().filter(|index| is_left(**index)).map(|index| history[*index]).collect()
        };
        assert!(!can_be_explained(&some(&|_| true)), "{violation:?} in {history:#?}");
        let reads = blamed.iter().filter(|index| matches!(history[**index], Read { .. }));
        for read in reads {
            assert!(can_be_explained(&some(&|index| index != *read)), "{violation:?} in {history:#?}");
        }
    }
    assert!(kinds.len() == 5 && kinds.values().all(|count| *count > 100), "{kinds:?}");
}

/// Whether everything that a violation says about the operations is true of the history.
fn is_true(history: &[Operation<char>], violation: Violation) -> bool {
    let is_read = |index: usize| matches!(history[index], Read { .. });
    let value = |index: usize| match history[index] {
        Write { value, .. } => Some(value),
        Read { value, .. } => value,
    };
    let is_before = |one: usize, other: usize| match (history[one], history[other]) {
        (Write { end: None, .. }, _) => false,
        (Write { end: Some(end), .. } | Read { end, .. }, Write { begin, .. } | Read { begin, .. }) => end < begin,
    };
    let is_seen = |seen: Sighting| !is_read(seen.write) && value(seen.by) == value(seen.write);
    let is_of = |read: usize, write: usize| is_read(read) && !is_read(write) && value(read) == value(write);
    match violation {
        Violation::FromNowhere { read } => (0..history.len()).all(|write| !is_of(read, write)),
        Violation::FromTheFuture { read, write } => is_of(read, write) && is_before(read, write),
        Violation::Lost { read, seen } => value(read).is_none() && is_seen(seen) && is_before(seen.by, read),
        Violation::Stale { read, old, newer, begun } => {
            let replaced = (begun == newer.write || begun == newer.by) && is_before(old.by, begun);
            is_of(read, old.write) && is_seen(old) && is_seen(newer) && replaced && is_before(newer.by, read)
        }
        Violation::Crossed { reads: [one, other], seen: [first, second] } => {
            let is_stale = one == first.by || other == second.by;
            let each_is_older = is_before(second.by, one) && is_before(first.by, other);
            is_of(one, first.write)
                && is_of(other, second.write)
                && is_seen(first)
                && is_seen(second)
                && each_is_older
                && !is_stale
        }
    }
}

/// Whether there is an order of the operations in which each read returns what was written last before it.
fn can_be_explained(operations: &[Operation<char>]) -> bool {
    can_be_continued(operations, 0, None)
}

/// Whether the operations that are not in the set `done` can follow those that are, given the current value. `done` has a
/// bit for each operation.
fn can_be_continued(operations: &[Operation<char>], done: u32, current: Option<char>) -> bool {
    let is_open = |index: usize| done & (1 << index) == 0;
    let ends = |index: usize| match operations[index] {
        Write { end, .. } => end,
        Read { end, .. } => Some(end),
    };
    let mut open = (0..operations.len()).filter(|index| is_open(*index));
    let Some(first_end) = open.clone().filter_map(ends).min() else { return true };
    open.any(|index| match operations[index] {
        Write { begin, .. } | Read { begin, .. } if first_end < begin => false,
        Write { value, .. } => can_be_continued(operations, done | 1 << index, Some(value)),
        Read { value, .. } => value == current && can_be_continued(operations, done | 1 << index, current),
    })
}

/// What concurrent clients did to a correct register, except that about half of the reads then get a random value.
fn random_history(random: &mut fastrand::Rng) -> Vec<Operation<char>> {
    let count = random.usize(1..=7);
    let (mut history, mut under_way, mut values, mut current) = (Vec::new(), Vec::new(), 'a'.., None);
    let mut time = 0;
    while history.len() < count || !under_way.is_empty() {
        // A step of 0 gives two events the same number.
        time += random.u64(0..=2);
        let is_new = history.len() < count && (under_way.is_empty() || under_way.len() < 4 && random.bool());
        if is_new {
            under_way.push((history.len(), false));
            let end = (random.u8(..4) > 0).then_some(u64::MAX);
            let value = if random.bool() { values.next() } else { None };
            history.push(match value {
                Some(value) => Write { value, begin: time, end },
                None => Read { value: None, begin: time, end: u64::MAX },
            });
            continue;
        }
        let next = random.usize(..under_way.len());
        let (index, has_happened) = under_way[next];
        if has_happened {
            under_way.swap_remove(next);
        } else {
            under_way[next].1 = true;
        }
        match (&mut history[index], has_happened) {
            (Write { value, .. }, false) => current = Some(*value),
            (Read { value, .. }, false) => *value = current,
            (Write { end: Some(end), .. } | Read { end, .. }, true) => *end = time,
            (Write { end: None, .. }, true) => {}
        }
    }
    for operation in &mut history {
        if let (Read { value, .. }, 0) = (operation, random.u8(..2)) {
            *value = random.choice([None, Some('a'), Some('b')]).expect("three choices");
        }
    }
    history
}
