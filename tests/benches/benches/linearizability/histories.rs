//! Histories to check. All of them are linearizable.

use value_store::conformance::linearizability::Operation;

/// How many operations may be under way at once.
pub(crate) const CLIENTS: usize = 8;

/// An operation that has begun, and not ended.
struct UnderWay {
    register: usize,
    index: usize,
    has_happened: bool,
}

/// The histories of some registers, to which clients write and from which they read, each time a random one. Each operation
/// takes effect at some moment between its begin and its end.
pub(crate) fn histories(operations: usize, registers: usize) -> Vec<Vec<Operation<u64>>> {
    let mut random = fastrand::Rng::with_seed(1);
    let (mut histories, mut values) = (vec![Vec::new(); registers], vec![None; registers]);
    let (mut begun, mut time, mut under_way) = (0, 0, Vec::<UnderWay>::new());
    while begun < operations || !under_way.is_empty() {
        let may_begin = begun < operations && under_way.len() < CLIENTS;
        if may_begin && (under_way.is_empty() || random.bool()) {
            begun += 1;
            let register = random.usize(..registers);
            let history = &mut histories[register];
            under_way.push(UnderWay { register, index: history.len(), has_happened: false });
            history.push(if random.bool() {
                Operation::Write { value: time, begin: time, end: None }
            } else {
                Operation::Read { value: None, begin: time, end: time }
            });
            time += 1;
            continue;
        }
        let chosen = random.usize(..under_way.len());
        let UnderWay { register, index, has_happened } = &mut under_way[chosen];
        let (operation, current) = (&mut histories[*register][*index], &mut values[*register]);
        if *has_happened {
            end(operation, time);
            under_way.swap_remove(chosen);
            time += 1;
        } else {
            happen(operation, current);
            *has_happened = true;
        }
    }
    histories
}

fn happen(operation: &mut Operation<u64>, current: &mut Option<u64>) {
    match operation {
        Operation::Write { value, .. } => *current = Some(*value),
        Operation::Read { value, .. } => *value = *current,
    }
}

fn end(operation: &mut Operation<u64>, time: u64) {
    match operation {
        Operation::Write { end, .. } => *end = Some(time),
        Operation::Read { end, .. } => *end = time,
    }
}

/// The begins and ends: the time of each, and the index of its operation.
pub(crate) fn events(history: &[Operation<u64>]) -> impl Iterator<Item = (u64, usize)> {
    let both = |(index, operation): (usize, &Operation<u64>)| match *operation {
        Operation::Write { begin, end, .. } => [(begin, index), (end.unwrap_or(u64::MAX), index)],
        Operation::Read { begin, end, .. } => [(begin, index), (end, index)],
    };
    history.iter().enumerate().flat_map(both)
}
