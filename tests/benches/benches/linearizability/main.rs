//! What it costs to check a history for linearizability.
//!
//!     cargo bench --package value-store-benches --bench linearizability
//!
//! The first table compares the check with a sort of the begins and ends of the same operations, all in one list. The second
//! compares it with public crates that check histories of any kind of object, on histories of one register. A crate that takes
//! longer than the bound is stopped, and gets no longer history.
//!
//! Each figure is measured in a process of its own. Such a process can be stopped, and its memory is that of one check: its
//! peak during the check, less what it had before. Where there is no `/proc`, the memory is left out.

mod histories;
mod others;

use std::env;
use std::hint::black_box;
use std::io::Read;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use value_store::conformance::linearizability::{Operation, check};

use crate::histories::{events, histories};

const OPERATIONS: [usize; 4] = [1_000, 10_000, 100_000, 1_000_000];
const REGISTERS: [usize; 2] = [1, 1_000];
const REPETITIONS: usize = 5;

/// The length of the first history on which the crates are compared. Each further one is twice as long.
const SHORTEST: usize = 8;
/// How long a crate may take for a history.
const BOUND: Duration = Duration::from_secs(10);

/// Says whether a history is linearizable.
type Checker = fn(&[Operation<u64>]) -> bool;
const CHECKERS: [(&str, Checker); 3] = [
    ("value-store", |history| check(history).is_ok()),
    ("todc-utils", others::todc_utils),
    ("stateright", others::stateright),
];

fn main() {
    // `cargo bench` adds `--bench`.
    let arguments: Vec<String> = env::args().skip(1).filter(|argument| argument != "--bench").collect();
    match arguments.iter().map(String::as_str).collect::<Vec<_>>()[..] {
        ["sort", operations, registers] => next_to_sorting(number(operations), number(registers)),
        ["check", checker, operations] => time_of(checker, number(operations)),
        _ => {
            tables_of_sorting();
            println!();
            table_of_crates();
        }
    }
}

fn number(argument: &str) -> usize {
    argument.parse().expect("a number")
}

/// This program in a process of its own, with these arguments.
fn child(arguments: &[&str]) -> Command {
    let mut command = Command::new(env::current_exe().expect("a bench has a path"));
    command.args(arguments);
    command
}

fn tables_of_sorting() {
    println!("operations  registers        check         sort  check/sort       memory  memory/operation");
    for registers in REGISTERS {
        for operations in OPERATIONS {
            let run = child(&["sort", &operations.to_string(), &registers.to_string()]).status();
            assert!(run.is_ok_and(|status| status.success()));
        }
    }
}

#[expect(clippy::cast_precision_loss, reason = "for people to read")]
fn next_to_sorting(operations: usize, registers: usize) {
    let histories = histories(operations, registers);
    let before = memory_kib("VmRSS:");
    let check_all = || histories.iter().for_each(|history| assert_eq!(check(history), Ok(())));
    check_all();
    let memory = memory_kib("VmHWM:").zip(before).map(|(after, before)| after.saturating_sub(before) * 1_024);

    // In turn, so that other load on the machine affects both.
    let (mut checks, mut sorts) = (Vec::new(), Vec::new());
    for _ in 0..REPETITIONS {
        checks.push(timed(check_all));
        let mut events: Vec<_> = histories.iter().flat_map(|history| events(history)).collect();
        sorts.push(timed(|| black_box(&mut events).sort_unstable()));
    }
    let [check, sort] = [checks, sorts].map(|times| times.into_iter().min().unwrap_or_default());
    let ratio = check.as_secs_f64() / sort.as_secs_f64();
    print!("{operations:10}  {registers:9}  {check:>11.1?}  {sort:>11.1?}  {ratio:10.2}");
    match memory {
        Some(bytes) => println!("  {:7} KiB  {:14.1} B", bytes / 1_024, bytes as f64 / operations as f64),
        None => println!(),
    }
}

/// How far a crate got.
#[derive(Clone, Copy)]
enum Progress {
    Unmeasured,
    Took(Duration),
    Stopped,
}

/// Goes on until all other crates are stopped.
fn table_of_crates() {
    print!("operations");
    for (name, _) in CHECKERS {
        print!("  {name:>24}");
    }
    println!("   (stopped after {BOUND:?}; in brackets, times the line before)");
    let mut progress = CHECKERS.map(|_| Progress::Unmeasured);
    let mut operations = SHORTEST;
    while !progress[1..].iter().all(|progress| matches!(progress, Progress::Stopped)) {
        print!("{operations:10}");
        for ((name, _), progress) in CHECKERS.iter().zip(&mut progress) {
            let before = *progress;
            if !matches!(before, Progress::Stopped) {
                *progress = within_bound(name, operations).map_or(Progress::Stopped, Progress::Took);
            }
            print!("  {:>24}", cell(*progress, before));
        }
        println!();
        operations *= 2;
    }
}

/// The time, and its ratio to the one before.
fn cell(now: Progress, before: Progress) -> String {
    match (now, before) {
        (Progress::Took(time), Progress::Took(before)) => {
            format!("{time:.1?} ({:5.1})", time.as_secs_f64() / before.as_secs_f64())
        }
        (Progress::Took(time), _) => format!("{time:.1?} (     )"),
        (_, Progress::Stopped) => String::new(),
        _ => "stopped".to_owned(),
    }
}

/// The time that a crate takes for a history of this many operations, or `None` if that is longer than the bound.
fn within_bound(checker: &str, operations: usize) -> Option<Duration> {
    let child = child(&["check", checker, &operations.to_string()]).stdout(Stdio::piped()).spawn();
    let mut child = child.expect("a bench can be run");
    let output = if ends_in_time(&mut child) { child.stdout.take() } else { None };
    let mut nanoseconds = String::new();
    output?.read_to_string(&mut nanoseconds).expect("a bench writes text");
    Some(Duration::from_nanos(nanoseconds.trim().parse().expect("a bench writes its time")))
}

/// Whether a process ends within the bound. If not, it is killed.
fn ends_in_time(child: &mut Child) -> bool {
    let begun = Instant::now();
    while begun.elapsed() < BOUND {
        if let Some(status) = child.try_wait().expect("the process is this one's child") {
            assert!(status.success(), "a checker failed");
            return true;
        }
        std::thread::sleep(Duration::from_millis(1));
    }
    child.kill().and_then(|()| child.wait()).expect("the process is this one's child");
    false
}

/// Prints the nanoseconds that a crate takes.
fn time_of(name: &str, operations: usize) {
    let (_, checker) = CHECKERS.iter().find(|(known, _)| *known == name).expect("the crate is one of those");
    let history = histories(operations, 1).remove(0);
    let times = (0..REPETITIONS).map(|_| timed(|| assert!(checker(&history), "each history is right")));
    println!("{}", times.min().unwrap_or_default().as_nanos());
}

fn timed(work: impl FnOnce()) -> Duration {
    let begun = Instant::now();
    work();
    begun.elapsed()
}

/// A field of `/proc/self/status` about the memory of this process.
fn memory_kib(field: &str) -> Option<u64> {
    let status = std::fs::read_to_string("/proc/self/status").ok()?;
    status.lines().find_map(|line| line.strip_prefix(field))?.split_whitespace().next()?.parse().ok()
}
