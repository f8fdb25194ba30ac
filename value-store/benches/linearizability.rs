//! What the check for linearizability costs, next to sorting the begins and ends of the same operations, all in one list.
//!
//!     cargo bench --package value-store --features conformance --bench linearizability
//!
//! Each line is measured in a process of its own, so that its memory is that of one check: the most that the process had
//! during the check, less what it had before. Where there is no `/proc`, the memory is left out.

use std::env;
use std::hint::black_box;
use std::process::Command;
use std::time::{Duration, Instant};

use value_store::conformance::linearizability::{Operation, check};

const OPERATIONS: [usize; 4] = [1_000, 10_000, 100_000, 1_000_000];
const REGISTERS: [usize; 2] = [1, 1_000];
const CLIENTS: usize = 8;
const REPETITIONS: usize = 5;

fn main() {
    let arguments: Vec<usize> = env::args().filter_map(|argument| argument.parse().ok()).collect();
    if let [operations, registers] = arguments[..] {
        return measure(operations, registers);
    }
    println!("operations  registers        check         sort  check/sort       memory  memory/operation");
    for registers in REGISTERS {
        for operations in OPERATIONS {
            let this = env::current_exe().expect("a bench has a path");
            let run = Command::new(this).args([operations, registers].map(|number| number.to_string())).status();
            assert!(run.is_ok_and(|status| status.success()));
        }
    }
}

#[expect(clippy::cast_precision_loss, reason = "for people to read")]
fn measure(operations: usize, registers: usize) {
    let histories = histories(operations, registers);
    let before = memory_kib("VmRSS:");
    let check_all = || histories.iter().for_each(|history| assert_eq!(check(history), Ok(())));
    check_all();
    let memory = memory_kib("VmHWM:").zip(before).map(|(after, before)| after.saturating_sub(before) * 1_024);

    let check = fastest(|| timed(check_all));
    let sort = fastest(|| {
        let mut events: Vec<_> = histories.iter().flat_map(|history| events(history)).collect();
        timed(|| black_box(&mut events).sort_unstable())
    });
    let ratio = check.as_secs_f64() / sort.as_secs_f64();
    print!("{operations:10}  {registers:9}  {check:>11.1?}  {sort:>11.1?}  {ratio:10.2}");
    match memory {
        Some(bytes) => println!("  {:7} KiB  {:14.1} B", bytes / 1_024, bytes as f64 / operations as f64),
        None => println!(),
    }
}

/// What clients did who wrote and read by turns, each time another register, all of them right.
fn histories(operations: usize, registers: usize) -> Vec<Vec<Operation<u64>>> {
    let mut random = fastrand::Rng::with_seed(1);
    let (mut histories, mut values) = (vec![Vec::new(); registers], vec![None; registers]);
    let (mut begun, mut under_way) = (0, Vec::new());
    for time in 0..2 * operations as u64 {
        let is_begin = begun < operations && (under_way.is_empty() || under_way.len() < CLIENTS && random.bool());
        if is_begin {
            begun += 1;
            let register = random.usize(..registers);
            let (history, value) = (&mut histories[register], &mut values[register]);
            under_way.push((register, history.len()));
            history.push(if random.bool() {
                Operation::Write { value: *value.insert(time), begin: time, end: None }
            } else {
                Operation::Read { value: *value, begin: time, end: time }
            });
        } else {
            let (register, index) = under_way.swap_remove(random.usize(..under_way.len()));
            match &mut histories[register][index] {
                Operation::Write { end, .. } => *end = Some(time),
                Operation::Read { end, .. } => *end = time,
            }
        }
    }
    histories
}

fn events(history: &[Operation<u64>]) -> impl Iterator<Item = (u64, usize)> {
    let both = |(index, operation): (usize, &Operation<u64>)| match *operation {
        Operation::Write { begin, end, .. } => [(begin, index), (end.unwrap_or(u64::MAX), index)],
        Operation::Read { begin, end, .. } => [(begin, index), (end, index)],
    };
    history.iter().enumerate().flat_map(both)
}

fn timed(work: impl FnOnce()) -> Duration {
    let begun = Instant::now();
    work();
    begun.elapsed()
}

fn fastest(work: impl FnMut() -> Duration) -> Duration {
    std::iter::repeat_with(work).take(REPETITIONS).min().unwrap_or_default()
}

/// What Linux says of the memory of this process.
fn memory_kib(field: &str) -> Option<u64> {
    let status = std::fs::read_to_string("/proc/self/status").ok()?;
    status.lines().find_map(|line| line.strip_prefix(field))?.split_whitespace().next()?.parse().ok()
}
